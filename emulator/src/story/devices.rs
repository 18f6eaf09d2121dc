//! The devices of visitors.

/// A device, with its browser if the visitor uses the website.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) browser: Option<Browser>,
    /// Members of `device`, as JSON, without the fingerprint.
    pub(crate) members: &'static str,
}

#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) family: &'static str,
    pub(crate) version: &'static str,
    pub(crate) user_agent: &'static str,
    /// Members of `browser` that depend on the screen, as JSON.
    pub(crate) viewport: &'static str,
}

const LAPTOP: &str = r#""category":"desktop","type":"Other","isMobile":false,"screenHeight":1080,"screenWidth":1920,"screenDensity":1,"osFamily":"Linux","osVersion":"6.12","manufacturer":"Example Computers""#;
const DESKTOP: &str = r#""category":"desktop","type":"Other","isMobile":false,"screenHeight":1440,"screenWidth":2560,"screenDensity":1,"osFamily":"Windows","osVersion":"11""#;
const TABLET: &str = r#""category":"tablet","type":"Tablet","isMobile":true,"screenHeight":1180,"screenWidth":820,"screenDensity":2,"osFamily":"iOS","osVersion":"18.3","manufacturer":"Example Slates""#;
const PHONE: &str = r#""category":"mobile","type":"Phone","isMobile":true,"screenHeight":915,"screenWidth":412,"screenDensity":3,"osFamily":"Android","osVersion":"15","manufacturer":"Example Phones""#;

pub(crate) const WEB_DEVICES: [Device; 4] = [
    Device {
        browser: Some(Browser {
            family: "Firefox",
            version: "136.0",
            user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0",
            viewport: r#""isMobile":false,"viewHeight":937,"viewWidth":1920"#,
        }),
        members: LAPTOP,
    },
    Device {
        browser: Some(Browser {
            family: "Chrome",
            version: "134.0.0",
            user_agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Safari/537.36",
            viewport: r#""isMobile":false,"viewHeight":1294,"viewWidth":2560"#,
        }),
        members: DESKTOP,
    },
    Device {
        browser: Some(Browser {
            family: "Mobile Safari",
            version: "18.3",
            user_agent: "Mozilla/5.0 (iPad; CPU OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1",
            viewport: r#""isMobile":true,"viewHeight":1075,"viewWidth":820"#,
        }),
        members: TABLET,
    },
    Device {
        browser: Some(Browser {
            family: "Chrome Mobile",
            version: "134.0.0",
            user_agent: "Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Mobile Safari/537.36",
            viewport: r#""isMobile":true,"viewHeight":784,"viewWidth":412"#,
        }),
        members: PHONE,
    },
];

pub(crate) const APP_DEVICES: [Device; 2] = [
    Device {
        browser: None,
        members: PHONE,
    },
    Device {
        browser: None,
        members: TABLET,
    },
];

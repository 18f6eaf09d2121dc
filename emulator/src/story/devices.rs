//! What visitors hold in their hands or have on their desks.

/// A device, with the browser on it if the visitor comes to the site.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) browser: Option<Browser>,
    /// Members of the device, as JSON, without the fingerprint.
    pub(crate) device: &'static str,
}

#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) family: &'static str,
    pub(crate) version: &'static str,
    pub(crate) user_agent: &'static str,
    /// Members of the browser that follow from the screen, as JSON.
    pub(crate) view: &'static str,
}

const LAPTOP: &str = r#""category":"desktop","type":"Other","isMobile":false,"screenHeight":1080,"screenWidth":1920,"screenDensity":1,"osFamily":"Linux","osVersion":"6.12","manufacturer":"Example Computers""#;
const DESKTOP: &str = r#""category":"desktop","type":"Other","isMobile":false,"screenHeight":1440,"screenWidth":2560,"screenDensity":1,"osFamily":"Windows","osVersion":"11""#;
const TABLET: &str = r#""category":"tablet","type":"Tablet","isMobile":true,"screenHeight":1180,"screenWidth":820,"screenDensity":2,"osFamily":"iOS","osVersion":"18.3","manufacturer":"Example Slates""#;
const PHONE: &str = r#""category":"mobile","type":"Phone","isMobile":true,"screenHeight":915,"screenWidth":412,"screenDensity":3,"osFamily":"Android","osVersion":"15","manufacturer":"Example Phones""#;

pub(crate) const MACHINES: [Machine; 4] = [
    Machine {
        browser: Some(Browser {
            family: "Firefox",
            version: "136.0",
            user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0",
            view: r#""isMobile":false,"viewHeight":937,"viewWidth":1920"#,
        }),
        device: LAPTOP,
    },
    Machine {
        browser: Some(Browser {
            family: "Chrome",
            version: "134.0.0",
            user_agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Safari/537.36",
            view: r#""isMobile":false,"viewHeight":1294,"viewWidth":2560"#,
        }),
        device: DESKTOP,
    },
    Machine {
        browser: Some(Browser {
            family: "Mobile Safari",
            version: "18.3",
            user_agent: "Mozilla/5.0 (iPad; CPU OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1",
            view: r#""isMobile":true,"viewHeight":1075,"viewWidth":820"#,
        }),
        device: TABLET,
    },
    Machine {
        browser: Some(Browser {
            family: "Chrome Mobile",
            version: "134.0.0",
            user_agent: "Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Mobile Safari/537.36",
            view: r#""isMobile":true,"viewHeight":784,"viewWidth":412"#,
        }),
        device: PHONE,
    },
];

pub(crate) const APP_DEVICES: [Machine; 2] = [
    Machine {
        browser: None,
        device: PHONE,
    },
    Machine {
        browser: None,
        device: TABLET,
    },
];

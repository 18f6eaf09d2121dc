//! What a web page could send is refused.

use journey_events_emulator::Emulator;
use reqwest::{Client, Method};
use serde_json::json;

use crate::client::{control, events, events_uri, get, send, started};

#[tokio::test]
async fn a_host_that_is_neither_here_nor_allowed_is_refused_everywhere() {
    let builder = Emulator::builder().allow_host("shop.test");
    let emulator = builder.start().await.unwrap();
    let base = emulator.base_url();
    let status = async |path: &str, host: &str| {
        let request = Client::new().get(format!("{base}{path}"));
        send(request.bearer_auth("any").header("host", host)).await
    };
    let uri = events_uri(&emulator, 0, "");
    for path in [
        &uri,
        "/oauth/token",
        "/elsewhere",
        "/emulator/health",
        "/emulator/requests",
    ] {
        let refused = status(path, "evil.example:80").await;
        assert_eq!(refused.status, 421, "{path}");
        assert_eq!(refused.body["code"], "host.not.allowed");
        let message = refused.body["message"].as_str().unwrap();
        assert!(
            message.contains("[evil.example:80]") && message.contains("--allow-host"),
            "{message}"
        );
        assert_eq!(
            refused.header("ININ-Correlation-Id"),
            refused.body["contextId"]
        );
    }
    for host in ["localhost:1", "127.0.0.1", "[::1]", "shop.test:8080"] {
        assert_eq!(status(&uri, host).await.status, 200, "{host}");
    }
    // They were received, but asked nothing of the service.
    assert_eq!(emulator.recorded()[0].status, Some(421));
    assert_eq!(emulator.requests(), 4);
}

#[tokio::test]
async fn a_page_can_not_change_anything() {
    let emulator = started(3).await;
    let id = emulator.sessions()[0].id();
    events(&emulator, "").await;
    for (method, path) in [
        (Method::POST, "sessions".to_owned()),
        (Method::POST, format!("sessions/{id}/events")),
        (Method::POST, format!("sessions/{id}/end")),
        (Method::POST, "tokens/expire".to_owned()),
        (Method::PUT, "faults".to_owned()),
        (Method::POST, "faults".to_owned()),
        (Method::DELETE, "faults".to_owned()),
        (Method::DELETE, "requests".to_owned()),
        (Method::POST, "reset".to_owned()),
    ] {
        let url = format!("{}/emulator/{path}", emulator.base_url());
        let request = Client::new().request(method.clone(), &url);
        let request = request
            .header("content-type", "application/json")
            .body("{}");
        let origin = request.header("origin", "http://localhost:3000");
        assert_eq!(send(origin).await.status, 403, "{method} {path}");
        if method != Method::DELETE {
            // Those that a page may send without asking.
            for content_type in ["text/plain", "application/x-www-form-urlencoded"] {
                let request = Client::new().request(method.clone(), &url).body("{}");
                let plain = send(request.header("content-type", content_type)).await;
                assert_eq!(plain.status, 415, "{method} {path}");
            }
        }
    }
    let listing = control(&emulator, Method::GET, "sessions", &json!(null)).await;
    assert_eq!(
        listing.body["contacts"][0]["sessions"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    assert_eq!(emulator.recorded().len(), 1);
    // No response allows a page of another origin to read it.
    let read = get(&emulator, "/emulator/requests").await;
    assert!(!read.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn it_listens_on_another_address_if_told_to() {
    let builder = Emulator::builder().host([127, 0, 0, 2].into());
    let emulator = builder.start().await.unwrap();
    assert!(emulator.base_url().starts_with("http://127.0.0.2:"));
    assert_eq!(events(&emulator, "").await.status, 200);
    let everywhere = Emulator::builder().host([0, 0, 0, 0].into());
    let everywhere = everywhere.start().await.unwrap();
    assert!(everywhere.base_url().starts_with("http://127.0.0.1:"));
    let port = everywhere.base_url().rsplit(':').next().unwrap();
    let url = format!("http://127.0.0.3:{port}/emulator/health");
    assert_eq!(send(Client::new().get(url)).await.body["status"], "ok");
}

//! Which password is sent, and that none is shown.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::postgres::connect::{Durability, connect};
use crate::postgres::failure::{Failed, Failure};

/// Starts a server that wants a password in the clear, and refuses each. Returns its port and the passwords.
async fn server() -> (u16, UnboundedReceiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, receiver) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = vec![0; 4_096];
            let _startup = stream.read(&mut buffer).await;
            stream.write_all(b"R\0\0\0\x08\0\0\0\x03").await.unwrap();
            let Ok(read @ 1..) = stream.read(&mut buffer).await else {
                continue;
            };
            // A letter, the length, the password and a zero.
            sender.send(buffer[5..read - 1].to_vec()).unwrap();
            let fields =
                b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user \"me\"\0\0";
            let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
            let error = [b"E", &length[..], fields].concat();
            stream.write_all(&error).await.unwrap();
        }
    });
    (port, receiver)
}

async fn failed(url: &str) -> Failed {
    let url = url.parse().unwrap();
    connect(&url, Durability::Durable).await.err().unwrap()
}

#[tokio::test]
async fn a_missing_or_wrong_password_is_refused_and_not_shown() {
    let (port, mut sent) = server().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("passwords");
    let url = format!(
        "postgres://me@127.0.0.1:{port}/d?passfile={}",
        file.display()
    );
    let missing = failed(&url).await;
    assert_eq!(missing.failure, Failure::Refused, "{}", missing.cause());
    assert!(
        missing.cause().contains("password missing"),
        "{}",
        missing.cause()
    );

    std::fs::write(&file, format!("127.0.0.1:{port}:d:me:canary\n")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let wrong = failed(&url).await;
    assert_eq!(sent.recv().await.unwrap(), b"canary");
    assert_eq!(wrong.failure, Failure::Refused);
    let text = format!("{} {wrong:?}", wrong.cause());
    assert!(text.contains("password authentication failed"), "{text}");
    assert!(!text.contains("canary"), "{text}");
}

//! The server that tests run against.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::postgres::blocking::Blocking;
use crate::postgres::url::PostgresUrl;
use crate::test_servers::server;

/// Names the URL of a superuser on an empty database.
const VARIABLE: &str = "JOURNEY_EVENTS_TEST_POSTGRES";

/// The URL of the test server, or `None` after saying that the test is skipped.
pub(crate) fn test_url() -> Option<PostgresUrl> {
    let url = server(VARIABLE)?;
    Some(url.parse().expect(VARIABLE))
}

/// A database of a test's own, which goes with it.
#[derive(Debug)]
pub(crate) struct Database {
    server: PostgresUrl,
    url: PostgresUrl,
    name: String,
    blocking: Blocking,
}

impl Database {
    pub(crate) fn create() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = test_url()?;
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let name = format!("journey_events_test_{}_{number}", std::process::id());
        let text = server.to_string();
        let (place, _) = text.rsplit_once('/').expect("a database");
        let url = format!("{place}/{name}").parse().expect("a URL");
        let blocking = Blocking::new().expect("a thread");
        let database = Self {
            server,
            url,
            name,
            blocking,
        };
        let name = &database.name;
        database.run(&database.server, &format!("CREATE DATABASE {name}"));
        Some(database)
    }

    pub(crate) fn url(&self) -> &PostgresUrl {
        &self.url
    }

    /// The URL for a role without any permission: `name_plain`.
    pub(crate) fn url_of_plain_role(&self) -> PostgresUrl {
        let role = format!("{}_plain", self.name);
        self.execute(&format!("CREATE ROLE {role} LOGIN"));
        let text = self.url.to_string();
        let (_, place) = text.rsplit_once('@').expect("a user");
        format!("postgres://{role}@{place}").parse().expect("a URL")
    }

    /// Runs SQL in this database as the superuser.
    pub(crate) fn execute(&self, sql: &str) {
        self.run(&self.url, sql);
    }

    /// Runs a query for one number.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        let (url, sql) = (self.url.to_string(), sql.to_owned());
        let done = self.blocking.run(async move {
            let connected = tokio_postgres::connect(&url, tokio_postgres::NoTls).await;
            let (client, connection) = connected.expect("the test server");
            tokio::spawn(connection);
            client.query_one(&sql, &[]).await
        });
        done.expect("no panic").expect("a row").get(0)
    }

    fn run(&self, url: &PostgresUrl, sql: &str) {
        let text = url.to_string();
        let (url, sql) = (text, sql.to_owned());
        let done = self.blocking.run(async move {
            let connected = tokio_postgres::connect(&url, tokio_postgres::NoTls).await;
            let (client, connection) = connected.expect("the test server");
            tokio::spawn(connection);
            client.batch_execute(&sql).await
        });
        done.expect("no panic").expect("the statement");
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let name = &self.name;
        self.run(&self.server, &format!("DROP DATABASE {name} WITH (FORCE)"));
        self.run(&self.server, &format!("DROP ROLE IF EXISTS {name}_plain"));
    }
}

/// A server in between, which can be told to fail.
#[derive(Debug)]
pub(crate) struct Proxy {
    url: PostgresUrl,
    state: Arc<watch::Sender<Network>>,
    _blocking: Blocking,
}

#[derive(Clone, Copy, Debug, Default)]
struct Network {
    is_down: bool,
    /// How often it fell silent for the connections of then.
    silences: u32,
    /// Of what the server answers.
    delay: Duration,
}

impl Proxy {
    pub(crate) fn start(server: &PostgresUrl) -> Self {
        let text = server.to_string();
        let (_, place) = text.rsplit_once('@').expect("a user");
        let (address, database) = place.split_once('/').expect("a database");
        let (blocking, address) = (Blocking::new().expect("a thread"), address.to_owned());
        let state = Arc::new(watch::channel(Network::default()).0);
        let network = Arc::clone(&state);
        let port = blocking.run(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let port = listener.local_addr().expect("an address").port();
            tokio::spawn(async move {
                while let Ok((client, _)) = listener.accept().await {
                    if !network.borrow().is_down {
                        tokio::spawn(relay(client, address.clone(), network.subscribe()));
                    }
                }
            });
            port
        });
        let port = port.expect("no panic");
        let user = text.trim_start_matches("postgres://").split('@').next();
        let user = user.expect("a user");
        Self {
            url: format!("postgres://{user}@127.0.0.1:{port}/{database}")
                .parse()
                .expect("a URL"),
            state,
            _blocking: blocking,
        }
    }

    pub(crate) fn url(&self) -> &PostgresUrl {
        &self.url
    }

    /// Cuts all connections, and accepts none.
    pub(crate) fn refuse(&self) {
        self.state.send_modify(|network| network.is_down = true);
    }

    pub(crate) fn accept(&self) {
        self.state.send_modify(|network| network.is_down = false);
    }

    /// Delivers nothing more that the server answers on the connections there are, and cuts none.
    pub(crate) fn silence(&self) {
        self.state.send_modify(|network| network.silences += 1);
    }

    /// Delays all that the server answers.
    pub(crate) fn delay(&self, delay: Duration) {
        self.state.send_modify(|network| network.delay = delay);
    }
}

async fn relay(client: TcpStream, address: String, mut network: watch::Receiver<Network>) {
    let server = TcpStream::connect(address).await.expect("the server");
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let delays = network.clone();
    let silences_before = delays.borrow().silences;
    let answers = async move {
        let mut buffer = vec![0; 65_536];
        while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
            let Network {
                delay, silences, ..
            } = *delays.borrow();
            if silences > silences_before {
                continue;
            }
            tokio::time::sleep(delay).await;
            if to_client
                .write_all(buffer.get(..read).unwrap_or_default())
                .await
                .is_err()
            {
                return;
            }
        }
    };
    tokio::select! {
        () = answers => {}
        _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
        _ = network.wait_for(|network| network.is_down) => {}
    }
}

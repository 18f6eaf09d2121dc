//! Serves sessions until Ctrl-C: `cargo run --example serve -- [PORT [EVENTS [SESSIONS]]]`.
//!
//! Then, in another terminal: `curl -H 'Authorization: Bearer any' URL`, with one of the printed
//! URLs, of at most three sessions.

use std::error::Error;

use journey_events_emulator::Emulator;
use tokio::time::Instant;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the user reads it")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().map_or(Ok(0), |port| port.parse())?;
    let events = arguments
        .next()
        .map_or(Ok(10_000), |events| events.parse())?;
    let sessions = arguments
        .next()
        .map_or(Ok(3), |sessions| sessions.parse())?;

    let start = Instant::now();
    let emulator = Emulator::builder()
        .port(port)
        .sessions(sessions)
        .events(events)
        .start()
        .await?;
    println!("ready in {} ms", start.elapsed().as_millis());
    println!(
        "client id {}, secret {}",
        emulator.client_id(),
        emulator.client_secret()
    );
    for session in emulator.sessions().iter().take(3) {
        let (base, id) = (emulator.base_url(), session.id());
        println!(
            "{}: {base}/api/v2/journey/sessions/{id}/events",
            session.session_type()
        );
    }

    tokio::signal::ctrl_c().await?;
    emulator.shutdown().await;
    Ok(())
}

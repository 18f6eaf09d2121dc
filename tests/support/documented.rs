// Runs an example of the documentation against the emulator; included by it in hidden lines.

use std::error::Error;
use std::future::Future;

use journey_events::Client;
use journey_events_emulator::{Emulator, EmulatorBuilder};

/// With a session of 450 events, its contact and its conversation.
#[allow(dead_code, reason = "an example uses one of these")]
pub(crate) fn emulated<F>(example: impl FnOnce(Client, [String; 3]) -> F)
where
    F: Future<Output = Result<(), Box<dyn Error>>>,
{
    run(Emulator::builder(), example);
}

/// With such a fault as well.
#[allow(dead_code, reason = "an example uses one of these")]
pub(crate) fn faulty<F>(fault: &str, example: impl FnOnce(Client, [String; 3]) -> F)
where
    F: Future<Output = Result<(), Box<dyn Error>>>,
{
    run(Emulator::builder().fault(fault.parse().unwrap()), example);
}

fn run<F>(builder: EmulatorBuilder, example: impl FnOnce(Client, [String; 3]) -> F)
where
    F: Future<Output = Result<(), Box<dyn Error>>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let emulator = builder.events(450).start().await.unwrap();
        let client = Client::builder()
            .base_url(emulator.base_url())
            .access_token("any")
            .build()
            .unwrap();
        let ids = [
            emulator.sessions()[0].id().to_owned(),
            emulator.contacts()[0].clone(),
            emulator.conversations()[0].clone(),
        ];
        example(client, ids).await.unwrap();
    });
}

//! `events`: sessions of the real service, or of any base URL.

use journey_events::{Client, ClientBuilder, Error, RateLimit};

use crate::advice::{self, Restart};
use crate::args::EventsArgs;
use crate::export::{self, Export, Session};
use crate::signals::Signals;
use crate::status::Status;
use crate::stderr;

pub(crate) async fn run(args: EventsArgs, signals: &mut Signals) -> Status {
    if args.after.is_some() && args.session_ids.len() > 1 {
        let problem = format!(
            "--after was given with {} sessions; allowed is one, since a cursor belongs to one \
             session\n  next: run it once for each session",
            args.session_ids.len()
        );
        stderr::say(problem).await;
        return Status::Usage;
    }
    match client(&args) {
        Ok(client) => export::run(export(client, args), signals).await,
        Err(error) => {
            stderr::say(advice::settings(&error)).await;
            Status::Usage
        }
    }
}

/// A client of the environment, with the arguments on top.
fn client(args: &EventsArgs) -> Result<Client, Error> {
    let mut builder = ClientBuilder::from_env()?;
    if let Some(region) = args.region {
        builder = builder.region(region);
    }
    if let Some(url) = &args.base_url {
        builder = builder.base_url(url);
    }
    if let Some(url) = &args.login_url {
        builder = builder.login_url(url);
    }
    if let Some(quota) = args.quota {
        builder = builder.rate_limit(RateLimit::per_minute(quota));
    }
    builder.build()
}

fn export(client: Client, args: EventsArgs) -> Export {
    let EventsArgs {
        session_ids,
        limit,
        after,
        event_types,
        ..
    } = args;
    let session = |id: String| {
        let mut request = client.session_events(&id).event_types(&event_types);
        if let Some(limit) = limit {
            request = request.limit(limit);
        }
        if let Some(cursor) = &after {
            request = request.after(cursor);
        }
        Session { id, request }
    };
    Export {
        sessions: session_ids.into_iter().map(session).collect(),
        client,
        restart: Restart::Possible,
    }
}

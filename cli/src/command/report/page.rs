//! The page itself: one file of HTML that asks nobody for anything.
//!
//! What came from the service is nowhere in it as HTML: it is compressed and in base64, and the page's
//! script shows it as text. The policy in its head lets that script and that style run, by their
//! hashes, and nothing else: no request, no frame, no form, no other script.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

use super::blocks::gzip;
use super::journey::Model;

const BODY: &str = include_str!("page/body.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = concat!(
    "\"use strict\";\n",
    include_str!("page/words.js"),
    include_str!("page/model.js"),
    include_str!("page/view.js"),
    include_str!("page/search.js"),
    include_str!("page/session.js"),
    include_str!("page/glance.js"),
    include_str!("page/tables.js"),
    include_str!("page/painter.js"),
    include_str!("page/timeline.js"),
    include_str!("page/list.js"),
    include_str!("page/detail.js"),
    include_str!("page/main.js"),
);

/// Writes the page.
pub(super) fn html(model: &Model, blocks: &[Vec<u8>]) -> io::Result<String> {
    let hash = |text: &str| BASE64.encode(Sha256::digest(text));
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Journey report</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{BODY}",
        hash(SCRIPT),
        hash(STYLE)
    );
    data(&mut html, "model", &[gzip(&serde_json::to_vec(model)?)?]);
    data(&mut html, "events", blocks);
    html.push_str("<script>");
    html.push_str(SCRIPT);
    html.push_str("</script>\n</body>\n</html>\n");
    Ok(html)
}

/// Data, a line a piece. Base64 has no `<`, so that nothing can end the element before its end.
fn data(html: &mut String, id: &str, pieces: &[Vec<u8>]) {
    html.push_str("<script type=\"text/plain\" id=\"");
    html.push_str(id);
    html.push_str("\">");
    for piece in pieces {
        BASE64.encode_string(piece, html);
        html.push('\n');
    }
    html.push_str("</script>\n");
}

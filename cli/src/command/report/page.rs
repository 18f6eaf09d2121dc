//! The page: one HTML file that makes no requests.
//!
//! Data from the service is never HTML in it: it is compressed, base64-encoded, and shown as text by the
//! page's script. A content security policy allows that script and style, by their hashes, and nothing
//! else: no request, frame, form or other script.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

use super::blocks::gzip;
use super::model::Model;

const BODY: &str = include_str!("page/body.html");
const STYLE: &str = concat!(
    include_str!("page/style/base.css"),
    include_str!("page/style/head.css"),
    include_str!("page/style/timeline.css"),
    include_str!("page/style/story.css"),
    include_str!("page/style/print.css"),
);
const SCRIPT: &str = concat!(
    "\"use strict\";\n",
    include_str!("page/format.js"),
    include_str!("page/icons.js"),
    include_str!("page/model.js"),
    include_str!("page/words.js"),
    include_str!("page/view.js"),
    include_str!("page/search.js"),
    include_str!("page/head/header.js"),
    include_str!("page/head/tiles.js"),
    include_str!("page/head/index.js"),
    include_str!("page/tables.js"),
    include_str!("page/timeline/scale.js"),
    include_str!("page/timeline/drawing.js"),
    include_str!("page/timeline/marks.js"),
    include_str!("page/timeline/painter.js"),
    include_str!("page/timeline/timeline.js"),
    include_str!("page/story/items.js"),
    include_str!("page/story/filters.js"),
    include_str!("page/story/story.js"),
    include_str!("page/story/detail.js"),
    include_str!("page/story/print.js"),
    include_str!("page/main.js"),
);

/// Renders the page.
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
    push_data(&mut html, "model", &[gzip(&serde_json::to_vec(model)?)?]);
    push_data(&mut html, "events", blocks);
    html.push_str("<script>");
    html.push_str(SCRIPT);
    html.push_str("</script>\n</body>\n</html>\n");
    Ok(html)
}

/// Adds an element with one line of base64 per piece. Base64 has no `<`, so data can't close the element.
fn push_data(html: &mut String, id: &str, pieces: &[Vec<u8>]) {
    html.push_str("<script type=\"text/plain\" id=\"");
    html.push_str(id);
    html.push_str("\">");
    for piece in pieces {
        BASE64.encode_string(piece, html);
        html.push('\n');
    }
    html.push_str("</script>\n");
}

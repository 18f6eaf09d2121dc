//! What one file of Rust declares and refers to, read from its tokens.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One file, without its tests.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// Child modules in files of their own.
    pub(crate) children: Vec<String>,
    /// Every path of the file, each with the inline modules it is in.
    pub(crate) paths: Vec<Reference>,
}

/// A path, such as `crate::fetch::retry::Attempt`, or every branch of a `use` tree.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Names of the inline modules around it, outermost first.
    pub(crate) inside: Vec<String>,
    pub(crate) segments: Vec<String>,
}

impl Source {
    /// Reads a file; comments and texts are no tokens, and what `#[cfg(test)]` guards is left out.
    pub(crate) fn read(text: &str) -> Self {
        let mut source = Self::default();
        source.tokens(text.parse().expect("the file is Rust"), &[]);
        source
    }

    fn tokens(&mut self, tokens: TokenStream, inside: &[String]) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match token {
                TokenTree::Punct(_) if is_test_attribute(&tokens[at..]) => {
                    at = end_of_item(&tokens, at + 2);
                    continue;
                }
                TokenTree::Ident(word) if word == "mod" => match &tokens[at + 1..] {
                    [TokenTree::Ident(name), TokenTree::Group(body), ..] => {
                        let inside = [inside, &[name.to_string()]].concat();
                        self.tokens(body.stream(), &inside);
                        at += 3;
                        continue;
                    }
                    [TokenTree::Ident(name), ..] => {
                        self.children.push(name.to_string());
                        at += 2;
                        continue;
                    }
                    _ => {}
                },
                TokenTree::Ident(_) => {
                    at = self.path(&tokens, at, &[], inside);
                    continue;
                }
                TokenTree::Group(group) => self.tokens(group.stream(), inside),
                _ => {}
            }
            at += 1;
        }
    }

    /// Reads the path that starts at `at` and returns where it ends.
    fn path(
        &mut self,
        tokens: &[TokenTree],
        mut at: usize,
        prefix: &[String],
        inside: &[String],
    ) -> usize {
        let mut segments = prefix.to_vec();
        loop {
            match tokens.get(at) {
                Some(TokenTree::Ident(name)) => segments.push(name.to_string()),
                Some(TokenTree::Group(tree)) if tree.delimiter() == Delimiter::Brace => {
                    let branches: Vec<_> = tree.stream().into_iter().collect();
                    for branch in branches.split(|token| is_punct(Some(token), ',')) {
                        self.path(branch, 0, &segments, inside);
                    }
                    return at + 1;
                }
                _ => break,
            }
            at += 1;
            if !(is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')) {
                break;
            }
            at += 2;
        }
        let inside = inside.to_vec();
        self.paths.push(Reference { inside, segments });
        at
    }
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

/// Whether `#[cfg(test)]` or `#[cfg(any(test, …))]` starts here.
fn is_test_attribute(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(attribute), ..] = tokens else {
        return false;
    };
    let text = attribute.stream().to_string().replace(' ', "");
    let guards_tests = text == "cfg(test)" || text.starts_with("cfg(any(test,");
    hash.as_char() == '#' && (guards_tests || text == "cfg(doctest)")
}

/// The index after an item: after its braces or its semicolon.
fn end_of_item(tokens: &[TokenTree], start: usize) -> usize {
    let is_end = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        token => is_punct(Some(token), ';'),
    };
    let length = tokens[start..].iter().position(is_end);
    length.map_or(tokens.len(), |length| start + length + 1)
}

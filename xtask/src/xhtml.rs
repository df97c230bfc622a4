//! From the HTML mdBook writes to the XHTML an EPUB holds.
//!
//! mdBook's output is well nested and its attributes are quoted. What is left to
//! do: close the void elements, give SVG its namespace and its capital letters
//! back (HTML has none), lead links to `.xhtml`, and leave out hidden lines of
//! code, which have no button to show them, and scripts.

/// Elements without a content, which XML wants closed.
const VOID: [&str; 8] = ["area", "br", "col", "hr", "img", "input", "source", "wbr"];

/// Names in SVG that have capital letters, without the filters and animations.
const CAPITALS: [&str; 25] = [
    "baseProfile",
    "clipPath",
    "clipPathUnits",
    "foreignObject",
    "gradientTransform",
    "gradientUnits",
    "lengthAdjust",
    "linearGradient",
    "markerHeight",
    "markerUnits",
    "markerWidth",
    "maskContentUnits",
    "maskUnits",
    "pathLength",
    "patternContentUnits",
    "patternTransform",
    "patternUnits",
    "preserveAspectRatio",
    "radialGradient",
    "refX",
    "refY",
    "startOffset",
    "textLength",
    "textPath",
    "viewBox",
];

/// Turns the inside of a page's `<main>` to XHTML.
pub fn from_html(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 16);
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        if let Some(hidden) = rest.strip_prefix("<span class=\"boring\">") {
            rest = hidden.split_once("</span>").map_or("", |(_, after)| after);
        } else if rest.starts_with("<!--") {
            rest = rest.split_once("-->").map_or("", |(_, after)| after);
        } else if rest.starts_with("<script") {
            rest = rest.split_once("</script>").map_or("", |(_, after)| after);
        } else {
            let end = tag_end(rest);
            tag(&rest[..end], &mut out);
            rest = &rest[end..];
        }
    }
    out.push_str(rest);
    out
}

/// Where the tag that `text` begins with ends; a `>` in quotes is not the end.
fn tag_end(text: &str) -> usize {
    let mut quoted = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return index + 1,
            _ => {}
        }
    }
    text.len()
}

fn tag(tag: &str, out: &mut String) {
    let inner = tag
        .trim_start_matches('<')
        .trim_end_matches('>')
        .trim_end_matches('/')
        .trim_end();
    let slash = if inner.starts_with('/') { "/" } else { "" };
    let inner = inner.trim_start_matches('/');
    let (name, mut attributes) = inner.split_at(inner.find(' ').unwrap_or(inner.len()));
    out.push('<');
    out.push_str(slash);
    out.push_str(with_capitals(name));
    let namespace = "http://www.w3.org/2000/svg";
    if name == "svg" && slash.is_empty() && !attributes.contains("xmlns=") {
        out.push_str(&format!(" xmlns=\"{namespace}\""));
    }
    while let Some((attribute, after)) = attributes.split_once("=\"") {
        let (value, after) = after.split_once('"').unwrap_or((after, ""));
        let attribute = attribute.trim();
        let value = if attribute == "href" {
            to_xhtml_page(value)
        } else {
            value.into()
        };
        out.push_str(&format!(" {}=\"{value}\"", with_capitals(attribute)));
        attributes = after;
    }
    let closed = tag.ends_with("/>") || (slash.is_empty() && VOID.contains(&name));
    out.push_str(if closed { "/>" } else { ">" });
}

/// A link to a page of the book, such as `common.html#recv`, goes to the EPUB's page.
fn to_xhtml_page(link: &str) -> String {
    let (page, anchor) = link.split_at(link.find('#').unwrap_or(link.len()));
    match page.strip_suffix(".html") {
        Some(page) if !page.contains("://") => format!("{page}.xhtml{anchor}"),
        _ => link.into(),
    }
}

fn with_capitals(name: &str) -> &str {
    CAPITALS
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(name))
        .unwrap_or(name)
}

/// Text as it stands between tags or in a quoted attribute.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn void_elements_are_closed() {
        assert_eq!(
            from_html("a<br>b<hr />c<img src=\"x>y\">"),
            "a<br/>b<hr/>c<img src=\"x>y\"/>"
        );
    }

    #[test]
    fn svg_gets_its_namespace_and_its_capitals() {
        assert_eq!(
            from_html(
                "<svg viewbox=\"0 0 1 1\"><path d=\"M0 0\"/><lineargradient></lineargradient></svg>"
            ),
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"><path d=\"M0 0\"/>\
             <linearGradient></linearGradient></svg>"
        );
    }

    #[test]
    fn links_between_pages_follow() {
        assert_eq!(
            from_html("<a href=\"udp.html#loss\">x</a><a href=\"https://a.example/b.html\">y</a>"),
            "<a href=\"udp.xhtml#loss\">x</a><a href=\"https://a.example/b.html\">y</a>"
        );
    }

    #[test]
    fn hidden_lines_comments_and_scripts_are_left_out() {
        let html =
            "<code><span class=\"boring\">use x;\n</span>let a = 1 &lt; 2;</code><!-- note -->";
        assert_eq!(from_html(html), "<code>let a = 1 &lt; 2;</code>");
        let recording = "a<script type=\"application/json\">{\"b\": \"<&\"}</script>c";
        assert_eq!(from_html(recording), "ac");
    }
}

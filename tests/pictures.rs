//! The pictures in the README: what the program shows on a terminal today, for light and for dark pages.
//!
//! After a change of the output, `UPDATE_PICTURES=1 cargo test --test pictures` draws them anew.

#![cfg(unix)]

#[path = "support/drawn.rs"]
mod drawn;

use std::path::Path;

use anstyle::RgbColor;
use anstyle_svg::{Palette, Term};

/// Wide enough for the whole table, narrow enough to be read in the column of a web page.
const COLUMNS: u16 = 112;

/// What a page looks like: its paper, its ink, and the colours of a terminal that can be read on it (black, red, green, yellow, blue,
/// magenta, cyan, white, and the same bright), in the tones of GitHub's own pages.
struct Page {
    name: &'static str,
    paper: u32,
    ink: u32,
    colours: [u32; 16],
}

const PAGES: [Page; 2] = [
    Page {
        name: "light",
        paper: 0x00f6_f8fa,
        ink: 0x001f_2328,
        colours: [
            0x0024_292f,
            0x00cf_222e,
            0x0011_6329,
            0x007d_4e00,
            0x0009_69da,
            0x0082_50df,
            0x001b_7c83,
            0x006e_7781,
            0x0057_606a,
            0x00a4_0e26,
            0x001a_7f37,
            0x0063_3c01,
            0x0021_8bff,
            0x00a4_75f9,
            0x0031_92aa,
            0x008c_959f,
        ],
    },
    Page {
        name: "dark",
        paper: 0x000d_1117,
        ink: 0x00e6_edf3,
        colours: [
            0x0048_4f58,
            0x00ff_7b72,
            0x003f_b950,
            0x00d2_9922,
            0x0058_a6ff,
            0x00bc_8cff,
            0x0039_c5cf,
            0x00b1_bac4,
            0x006e_7681,
            0x00ff_a198,
            0x0056_d364,
            0x00e3_b341,
            0x0079_c0ff,
            0x00d2_a8ff,
            0x0056_d4dd,
            0x00ff_ffff,
        ],
    },
];

fn rgb(colour: u32) -> RgbColor {
    let [_, red, green, blue] = colour.to_be_bytes();
    RgbColor(red, green, blue)
}

fn drawn(page: &Page, text: &str) -> String {
    let svg = Term::new()
        .palette(Palette(page.colours.map(rgb)))
        .fg_color(rgb(page.ink).into())
        .bg_color(rgb(page.paper).into())
        .render_svg(text);
    // What is faint must still be read.
    let svg = svg.replace(".dimmed { opacity: 0.4; }", ".dimmed { opacity: 0.75; }");
    format!("{}\n", svg.trim_end())
}

#[test]
fn they_show_what_is_printed_today() {
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let answer = drawn::shown(COLUMNS, folder.path(), &["explain", "--demo"]);
    // On a screen the command stands before its answer.
    let text = format!("$ kubectl fargate explain --demo\n{answer}");
    let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    let mut stale = Vec::new();
    for page in &PAGES {
        let file = pictures.join(format!("explain-demo-{}.svg", page.name));
        let svg = drawn(page, &text);
        if std::fs::read_to_string(&file).ok().as_deref() == Some(&svg) {
            continue;
        }
        if std::env::var_os("UPDATE_PICTURES").is_some() {
            std::fs::create_dir_all(&pictures).expect("docs can be written");
            std::fs::write(&file, svg).expect("docs can be written");
        } else {
            stale.push(file.display().to_string());
        }
    }
    assert!(
        stale.is_empty(),
        "{} not what is printed; UPDATE_PICTURES=1 cargo test --test pictures draws them anew",
        stale.join(" and ")
    );
}

#[test]
fn on_a_terminal_there_is_colour_and_no_line_is_too_long() {
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let answer = drawn::shown(COLUMNS, folder.path(), &["explain", "--demo"]);
    assert!(answer.contains("\u{1b}["), "{answer}");
    let plain = drawn::shown(
        COLUMNS,
        folder.path(),
        &["explain", "--demo", "--color", "never"],
    );
    assert!(!plain.contains('\u{1b}'), "{plain}");
    for line in plain.lines() {
        assert!(line.chars().count() <= usize::from(COLUMNS), "{line}");
    }
}

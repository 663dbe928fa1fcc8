//! An X server of one's own, a program on it, its keyboard, and pictures of it.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use homebound::Clock;
use rustix::process::{Pid, Signal, kill_process};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    self, AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, ImageFormat, InputFocus, MapState,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

pub(crate) const TAB: u32 = 0xff09;
pub(crate) const SPACE: u32 = 0x20;
pub(crate) const ESCAPE: u32 = 0xff1b;

/// The time between two looks at what is waited for.
const LOOK: Duration = Duration::from_millis(10);
const WIDTH: u16 = 1280;
const HEIGHT: u16 = 860;

/// Lets time pass; only to see that nothing happens meanwhile, or between two looks.
pub(crate) fn let_time_pass(time: Duration) {
    let clock = Clock::new();
    let end = clock.now() + time;
    while let Some(left) = end.checked_sub(clock.now()).filter(|left| !left.is_zero()) {
        thread::park_timeout(left);
    }
}

/// Looks until there is something to be seen.
#[track_caller]
fn wait_for<T>(limit: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let clock = Clock::new();
    let end = clock.now() + limit;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(clock.now() < end, "within {limit:?} there was not: {what}");
        let_time_pass(LOOK);
    }
}

/// A server without a screen. It ends with this value.
pub(crate) struct Display {
    server: Child,
    name: String,
}

impl Display {
    pub(crate) fn open() -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp", "-noreset", "-screen", "0"])
            .arg(format!("{WIDTH}x{HEIGHT}x24"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is installed: see ci/window-packages.txt");
        let mut number = String::new();
        let output = server.stdout.as_mut().expect("it is piped");
        BufReader::new(output)
            .read_line(&mut number)
            .expect("the server says its number");
        Self {
            server,
            name: format!(":{}", number.trim()),
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

/// The program, and a connection to its display. It ends with this value.
pub(crate) struct Program {
    child: Child,
    x: RustConnection,
    root: u32,
    window: u32,
    last_picture: Vec<u8>,
}

impl Program {
    pub(crate) fn start(display: &Display, arguments: &[&OsStr]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_gallery"))
            .args(arguments)
            .env("DISPLAY", &display.name)
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET")
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let (x, screen) = x11rb::connect(Some(&display.name)).expect("the server is there");
        let root = x.setup().roots[screen].root;
        let (window, last_picture) = (0, Vec::new());
        Self {
            child,
            x,
            root,
            window,
            last_picture,
        }
    }

    /// Waits for the window, and for this title on it.
    #[track_caller]
    pub(crate) fn wait_for_title(&mut self, limit: Duration, is_it: impl Fn(&str) -> bool) {
        let mut last = String::new();
        let clock = Clock::new();
        let end = clock.now() + limit;
        loop {
            if let Some((window, title)) = self.find()
                && is_it(&title)
            {
                self.window = window;
                return;
            } else if let Some((_, title)) = self.find() {
                last = title;
            }
            let ended = self.child.try_wait().expect("it can be asked");
            assert!(ended.is_none(), "it has ended: {ended:?}");
            assert!(clock.now() < end, "the title is still '{last}'");
            let_time_pass(LOOK);
        }
    }

    /// The program's window and its title, once it is shown.
    fn find(&self) -> Option<(u32, String)> {
        let tree = self.x.query_tree(self.root).ok()?.reply().ok()?;
        tree.children.into_iter().find_map(|window| {
            let shown = self.x.get_window_attributes(window).ok()?.reply().ok()?.map_state;
            let title = self.text(window, b"_NET_WM_NAME")?;
            (shown == MapState::VIEWABLE && !title.is_empty()).then_some((window, title))
        })
    }

    fn atom(&self, name: &[u8]) -> Option<u32> {
        Some(self.x.intern_atom(false, name).ok()?.reply().ok()?.atom)
    }

    fn text(&self, window: u32, property: &[u8]) -> Option<String> {
        let (property, kind) = (self.atom(property)?, AtomEnum::ANY);
        let reply = self
            .x
            .get_property(false, window, property, kind, 0, 256)
            .ok()?
            .reply()
            .ok()?;
        String::from_utf8(reply.value).ok()
    }

    // ---- the keyboard

    /// Puts the keyboard into the window, with nothing in it chosen.
    fn focus_nothing(&self) {
        for target in [self.root, self.window] {
            self.x
                .set_input_focus(InputFocus::PARENT, target, x11rb::CURRENT_TIME)
                .expect("sent");
            self.x.sync().expect("heard");
        }
    }

    pub(crate) fn tab(&mut self, times: usize) {
        (0..times).for_each(|_| self.press(TAB));
    }

    pub(crate) fn press(&mut self, key: u32) {
        self.key(xproto::KEY_PRESS_EVENT, key);
        self.key(xproto::KEY_RELEASE_EVENT, key);
        // egui takes one step of the focus in a frame.
        let_time_pass(LOOK * 10);
    }

    fn key(&self, kind: u8, key: u32) {
        let (first, last) = (self.x.setup().min_keycode, self.x.setup().max_keycode);
        let map = self
            .x
            .get_keyboard_mapping(first, last - first + 1)
            .expect("sent")
            .reply();
        let map = map.expect("the server has a keyboard");
        let columns = usize::from(map.keysyms_per_keycode);
        let row = map.keysyms.chunks(columns).position(|row| row.contains(&key));
        let code = first + u8::try_from(row.expect("the keyboard has the key")).expect("a key's number");
        self.x
            .xtest_fake_input(kind, code, 0, self.root, 0, 0, 0)
            .expect("sent");
        self.x.sync().expect("heard");
    }

    /// Closes the window as its frame's button does.
    pub(crate) fn close(&self) {
        let protocols = self.atom(b"WM_PROTOCOLS").expect("an atom");
        let delete = self.atom(b"WM_DELETE_WINDOW").expect("an atom");
        let message = ClientMessageEvent::new(32, self.window, protocols, [delete, x11rb::CURRENT_TIME, 0, 0, 0]);
        self.x
            .send_event(false, self.window, EventMask::NO_EVENT, message)
            .expect("sent");
        self.x.sync().expect("heard");
    }

    pub(crate) fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).expect("it runs");
    }

    // ---- pictures

    fn look(&self) -> Option<Vec<u8>> {
        let image = self
            .x
            .get_image(ImageFormat::Z_PIXMAP, self.root, 0, 0, WIDTH, HEIGHT, u32::MAX);
        Some(image.ok()?.reply().ok()?.data)
    }

    /// Waits until the window has painted something, and gives it the keyboard.
    #[track_caller]
    pub(crate) fn wait_for_picture(&mut self, limit: Duration) {
        self.last_picture = wait_for(limit, "a picture", || {
            let picture = self.look()?;
            let mut colors: Vec<&[u8]> = picture.chunks(4).collect();
            colors.sort_unstable();
            colors.dedup();
            (colors.len() > 16).then_some(picture)
        });
        self.focus_nothing();
        self.wait_until_still(limit);
    }

    /// Waits until it shows something else than when it was last looked at.
    #[track_caller]
    pub(crate) fn wait_for_new_picture(&mut self, limit: Duration) {
        self.last_picture = wait_for(limit, "another picture", || {
            self.look().filter(|picture| *picture != self.last_picture)
        });
    }

    /// Waits until it has shown the same for a while.
    #[track_caller]
    pub(crate) fn wait_until_still(&mut self, limit: Duration) {
        let mut last = None;
        let mut same = 0;
        self.last_picture = wait_for(limit, "a picture that stays", || {
            let picture = self.look()?;
            same = if last.as_ref() == Some(&picture) { same + 1 } else { 0 };
            last = Some(picture);
            if same >= 30 { last.clone() } else { None }
        });
    }

    /// Leaves a picture in the build folder.
    pub(crate) fn picture(&mut self, name: &str) {
        let pixels = self.look().expect("a picture");
        let mut file = Vec::new();
        let mut head = String::new();
        writeln!(head, "P6 {WIDTH} {HEIGHT} 255").expect("into memory");
        file.extend_from_slice(head.as_bytes());
        file.extend(pixels.chunks(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]));
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.ppm"));
        fs::write(place, file).expect("written");
        self.last_picture = pixels;
    }

    // ---- the process

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("it can be asked").is_none()
    }

    /// The processor time that it has used so far.
    pub(crate) fn processor_time(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it runs");
        let (_, fields) = stat.rsplit_once(')').expect("a name in brackets");
        let ticks: u64 = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<u64>().ok())
            .sum();
        Duration::from_millis(ticks * 1_000 / rustix::param::clock_ticks_per_second())
    }

    /// Waits for its end, and returns its exit code and what it said on standard error.
    #[track_caller]
    pub(crate) fn wait(mut self, limit: Duration) -> (Option<i32>, String) {
        let status = wait_for(limit, "the program's end", || {
            self.child.try_wait().expect("it can be asked")
        });
        let mut said = String::new();
        let mut stderr = self.child.stderr.take().expect("it is piped");
        stderr.read_to_string(&mut said).expect("text");
        (status.code(), said)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

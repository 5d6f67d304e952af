//! A PostgreSQL of a test binary's own, on loopback, gone with its process.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};

/// Obeys lines on its standard input; when that ends, the process that started it has, and everything goes.
const KEEPER: &str = r#"
initdb -D "$1" -A trust -U madoguchi -E UTF8 --locale C --no-sync >"$1.log" 2>&1 || { cat "$1.log" >&2; exit 1; }
begin() {
    postgres -D "$1" -p "$2" -k "$1" -c listen_addresses=127.0.0.1 -c max_connections=400 -c shared_buffers=32MB \
        >>"$1.log" 2>&1 &
    pid=$!
    until pg_isready -q -h 127.0.0.1 -p "$2" -U madoguchi; do
        kill -0 $pid 2>/dev/null || { cat "$1.log" >&2; exit 1; }
    done
    echo up
}
begin "$1" "$2"
while read -r order; do
    case "$order" in
        stop) kill -INT $pid; wait $pid; echo down ;;
        start) begin "$1" "$2" ;;
    esac
done
kill -QUIT $pid 2>/dev/null; wait $pid; rm -rf "$1" "$1.log"
"#;

/// A running server.
pub struct Server {
    port: u16,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    _keeper: Child,
}

impl Server {
    /// A server with nothing in it.
    pub fn start() -> Server {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let folder = std::env::temp_dir().join(format!("madoguchi-postgres-{}-{port}", std::process::id()));
        let path = format!("{}:{}", programs().display(), std::env::var("PATH").unwrap_or_default());
        // It refuses to run as root: then as the user that its package made.
        let is_root =
            std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
        let mut command = Command::new(if is_root { "setpriv" } else { "sh" });
        if is_root {
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh"]);
        }
        command
            .args(["-c", KEEPER, "postgres"])
            .arg(&folder)
            .arg(port.to_string())
            .env("PATH", path)
            .current_dir("/");
        let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a shell");
        let (orders, answers) = (keeper.stdin.take().expect("piped"), keeper.stdout.take().expect("piped"));
        let mut server = Server { port, orders, answers: BufReader::new(answers), _keeper: keeper };
        server.wait_for("up");
        server
    }

    /// Stops it as an operator would, in the middle of what it does.
    pub fn stop(&mut self) {
        self.orders.write_all(b"stop\n").expect("heard");
        self.wait_for("down");
    }

    /// Starts it again, with what it kept.
    pub fn start_again(&mut self) {
        self.orders.write_all(b"start\n").expect("heard");
        self.wait_for("up");
    }

    /// The URL of a new, empty database.
    pub async fn database(&self) -> String {
        database_at(self.port).await
    }

    fn wait_for(&mut self, answer: &str) {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the server's keeper speaks");
        assert_eq!(line.trim(), answer, "the server's own words are above");
    }
}

/// The newest server that is installed.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let programs =
        versions.map(|version| version.path().join("bin")).filter(|bin| bin.join("postgres").is_file());
    programs.max().expect("PostgreSQL is installed: tests/run installs it")
}

/// An empty database of the server that this binary's tests share.
pub async fn database() -> String {
    static SHARED: LazyLock<Mutex<Server>> = LazyLock::new(|| Mutex::new(Server::start()));
    let server = tokio::task::spawn_blocking(|| SHARED.lock().map(|server| server.port).expect("it started"));
    let port = server.await.expect("it started");
    database_at(port).await
}

async fn database_at(port: u16) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    use sqlx::{Connection, Executor};
    let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let server = format!("postgres://madoguchi:unasked@127.0.0.1:{}", port);
    let connection = sqlx::PgConnection::connect(&format!("{server}/postgres"));
    let mut connection = connection.await.expect("the server is up");
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    connection.execute(create).await.expect("a new database");
    format!("{server}/{name}")
}

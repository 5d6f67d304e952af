//! SIP over TLS: who is believed, what is said where nobody is, and that nothing travels in clear text instead.

use super::{Echo, PATIENCE, Running, free_ports, message};
use crate::net::{Identity, TcpLimits, TlsConfig, TlsError};
use crate::signaling::Transport;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector, client};

/// Issues certificates, and keeps them as files.
struct Office {
    folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
    issued: AtomicUsize,
}

/// A certificate and its key, as files.
#[derive(Clone)]
struct Paper {
    certificate: PathBuf,
    key: PathBuf,
}

impl Office {
    fn open() -> Office {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let folder = tempfile::tempdir().expect("a folder");
        // No two offices have one name.
        params.distinguished_name.push(DnType::CommonName, folder.path().display().to_string());
        let root = params.self_signed(&key).expect("signed");
        std::fs::write(folder.path().join("ca.pem"), root.pem()).expect("written");
        let root = root.der().clone();
        Office { folder, issuer: Issuer::new(params, key), root, issued: AtomicUsize::new(0) }
    }

    fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate for this host.
    fn issue(&self, host: &str) -> Paper {
        self.issue_with(host, |_| {})
    }

    fn issue_with(&self, host: &str, adjust: impl FnOnce(&mut CertificateParams)) -> Paper {
        let mut params = CertificateParams::new(vec![host.to_string()]).expect("a name");
        adjust(&mut params);
        let key = KeyPair::generate().expect("a key");
        let signed = params.signed_by(&key, &self.issuer).expect("signed");
        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        let paper = Paper {
            certificate: self.folder.path().join(format!("{number}.pem")),
            key: self.folder.path().join(format!("{number}.key")),
        };
        std::fs::write(&paper.certificate, signed.pem()).expect("written");
        std::fs::write(&paper.key, key.serialize_pem()).expect("written");
        paper
    }

    /// A client that believes this office, and shows a paper where it has one.
    fn client(&self, paper: Option<&Paper>, alpn: &[&str]) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).expect("a root");
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots);
        let mut config = match paper {
            None => builder.with_no_client_auth(),
            Some(paper) => builder.with_client_auth_cert(paper.chain(), paper.key()).expect("a certificate"),
        };
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        TlsConnector::from(Arc::new(config))
    }
}

impl Paper {
    fn identity(&self) -> Arc<Identity> {
        Arc::new(Identity::read(&self.certificate, &self.key).expect("readable"))
    }

    fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![CertificateDer::from_pem_file(&self.certificate).expect("a certificate")]
    }

    fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_file(&self.key).expect("a key")
    }

    fn server(&self) -> TlsAcceptor {
        let builder = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("versions");
        let config = builder.with_no_client_auth().with_single_cert(self.chain(), self.key());
        TlsAcceptor::from(Arc::new(config.expect("a certificate")))
    }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

async fn serve(tls: TlsConfig) -> Running {
    serve_within(tls, TcpLimits::default()).await
}

async fn serve_within(tls: TlsConfig, limits: TcpLimits) -> Running {
    let adjust = |config: &mut crate::net::ShellConfig| (config.tls, config.tcp) = (tls, limits);
    Running::with(&["tls:127.0.0.1:0"], free_ports(1), Echo::default(), adjust).await
}

async fn connect(running: &Running, client: &TlsConnector) -> io::Result<client::TlsStream<TcpStream>> {
    let stream = TcpStream::connect(running.address(Transport::Tls)).await?;
    client.connect(ServerName::IpAddress(Ipv4Addr::LOCALHOST.into()), stream).await
}

/// Whether it takes a message and gives it back.
async fn echoes(stream: &mut client::TlsStream<TcpStream>) -> bool {
    let asked = message("OPTIONS sip:a");
    if stream.write_all(&asked).await.is_err() {
        return false;
    }
    read(stream, asked.len()).await.is_ok_and(|answer| answer == asked)
}

async fn read(stream: &mut (impl AsyncRead + Unpin), length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut bytes)).await.expect("in time")?;
    Ok(bytes)
}

#[tokio::test]
async fn a_message_over_tls_is_answered_on_its_connection() {
    let office = Office::open();
    let identity = Some(office.issue("127.0.0.1").identity());
    let running = serve(TlsConfig { identity, ..TlsConfig::default() }).await;
    let mut stream = connect(&running, &office.client(None, &[])).await.expect("shaken");
    assert!(echoes(&mut stream).await && echoes(&mut stream).await);
    assert_eq!(running.handle.counts().tls_failed, 0);
}

#[tokio::test]
async fn protocol_names_are_spoken_where_the_settings_say_so_alone() {
    let office = Office::open();
    let identity = Some(office.issue("127.0.0.1").identity());
    for (ours, spoken) in [(vec![], None), (vec!["sip".to_string()], Some(&b"sip"[..]))] {
        let running =
            serve(TlsConfig { identity: identity.clone(), alpn: ours, ..TlsConfig::default() }).await;
        let mut stream = connect(&running, &office.client(None, &["sip"])).await.expect("shaken");
        assert_eq!(stream.get_ref().1.alpn_protocol(), spoken);
        assert!(echoes(&mut stream).await);
    }
}

#[tokio::test]
async fn a_peer_without_the_certificate_that_is_asked_for_is_cut_and_counted() {
    let office = Office::open();
    let identity = Some(office.issue("127.0.0.1").identity());
    let running = serve(TlsConfig { identity, client_ca: Some(office.ca()), ..TlsConfig::default() }).await;
    let phone = office.issue("phone.example");
    let mut known = connect(&running, &office.client(Some(&phone), &[])).await.expect("shaken");
    assert!(echoes(&mut known).await);
    let elsewhere = Office::open();
    let stranger = elsewhere.issue("phone.example");
    for paper in [None, Some(&stranger)] {
        // TLS 1.3: the client learns that it was refused when it reads.
        let refused = match connect(&running, &office.client(paper, &[])).await {
            Ok(mut stream) => !echoes(&mut stream).await,
            Err(_) => true,
        };
        assert!(refused);
    }
    assert_eq!(running.handle.counts().tls_failed, 2);
}

#[tokio::test]
async fn clear_text_and_silence_on_a_tls_port_are_cut() {
    let office = Office::open();
    let identity = Some(office.issue("127.0.0.1").identity());
    let limits = TcpLimits { connect: Duration::from_millis(300), ..TcpLimits::default() };
    let running = serve_within(TlsConfig { identity, ..TlsConfig::default() }, limits).await;
    for said in [message("OPTIONS sip:a"), Vec::new()] {
        let mut stream = TcpStream::connect(running.address(Transport::Tls)).await.expect("connected");
        stream.write_all(&said).await.expect("sent");
        let mut heard = Vec::new();
        let ended = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut heard)).await.expect("in time");
        assert!(ended.is_err() || !heard.windows(3).any(|w| w == b"SIP"), "{heard:?}");
    }
}

#[tokio::test]
async fn a_peer_over_tls_of_one_byte_at_a_time_is_cut_off_and_hinders_nobody() {
    let office = Office::open();
    let identity = Some(office.issue("127.0.0.1").identity());
    let limits = TcpLimits { message: Duration::from_millis(300), ..TcpLimits::default() };
    let running = serve_within(TlsConfig { identity, ..TlsConfig::default() }, limits).await;
    let mut slow = connect(&running, &office.client(None, &[])).await.expect("shaken");
    let dripping = async {
        for byte in message("OPTIONS sip:slow").repeat(100) {
            let sent = async { slow.write_all(&[byte]).await.is_ok() && slow.flush().await.is_ok() };
            if !sent.await {
                return;
            }
            // The pace is what is tested: a peer in no hurry, on a real connection.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let served = async {
        let mut other = connect(&running, &office.client(None, &[])).await.expect("shaken");
        assert!(echoes(&mut other).await);
    };
    tokio::time::timeout(PATIENCE, async { tokio::join!(dripping, served) }).await.expect("in time");
    assert_eq!(running.handle.counts().connections_cut, 1);
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_to_new_connections() {
    let office = Office::open();
    let paper = office.issue("127.0.0.1");
    let identity = paper.identity();
    let running = serve(TlsConfig { identity: Some(identity.clone()), ..TlsConfig::default() }).await;
    let shown = |stream: &client::TlsStream<TcpStream>| {
        stream.get_ref().1.peer_certificates().expect("a chain").first().cloned()
    };
    let mut before = connect(&running, &office.client(None, &[])).await.expect("shaken");
    assert!(!identity.renew().expect("readable"), "the same files");
    let renewed = office.issue("127.0.0.1");
    std::fs::copy(&renewed.certificate, &paper.certificate).expect("written");
    std::fs::copy(&renewed.key, &paper.key).expect("written");
    assert!(identity.renew().expect("readable"));
    let after = connect(&running, &office.client(None, &[])).await.expect("shaken");
    assert_ne!(shown(&before), shown(&after));
    assert!(echoes(&mut before).await, "a connection outlives its certificate");
    std::fs::write(&paper.key, "nothing").expect("written");
    assert!(matches!(identity.renew(), Err(TlsError::File(..))));
    let still = connect(&running, &office.client(None, &[])).await.expect("shaken");
    assert_eq!(shown(&after), shown(&still));
}

/// Where the engine connects to: what arrives there, by a server with this paper.
struct Far {
    listener: TcpListener,
    address: SocketAddr,
}

impl Far {
    async fn open() -> Far {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let address = listener.local_addr().expect("bound");
        Far { listener, address }
    }

    /// The first message that comes over TLS; an error where the engine does not want to speak.
    async fn hears(&self, paper: &Paper, length: usize) -> io::Result<Vec<u8>> {
        let (stream, _) = tokio::time::timeout(PATIENCE, self.listener.accept()).await.expect("in time")?;
        let mut first = [0];
        stream.peek(&mut first).await?;
        assert_eq!(first, [22], "the first byte of a TLS handshake, whatever comes of it");
        read(&mut paper.server().accept(stream).await?, length).await
    }
}

/// What was logged on this thread.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("unpoisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn kept() -> (Lines, tracing::subscriber::DefaultGuard) {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_max_level(tracing::Level::WARN)
            .with_ansi(false)
            .finish();
        (lines, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("unpoisoned").clone()).expect("text")
    }
}

#[tokio::test]
async fn a_server_is_believed_by_its_name_its_date_and_its_issuer_and_the_log_says_why_not() {
    let office = Office::open();
    let expired = |params: &mut CertificateParams| params.not_after = date_time_ymd(2020, 1, 1);
    let elsewhere = Office::open();
    let cases = [
        (office.issue("127.0.0.1"), None),
        (office.issue_with("127.0.0.1", expired), Some("its certificate has expired")),
        (office.issue("other.example"), Some("its certificate is for another name")),
        (elsewhere.issue("127.0.0.1"), Some("nobody we trust has issued its certificate")),
    ];
    for (paper, wrong) in cases {
        let (lines, _guard) = Lines::kept();
        let far = Far::open().await;
        let identity = Some(office.issue("127.0.0.1").identity());
        let mut running = serve(TlsConfig { identity, ca: Some(office.ca()), ..TlsConfig::default() }).await;
        let mut asking = connect(&running, &office.client(None, &[])).await.expect("shaken");
        let relayed = message(&format!("RELAY {}", far.address));
        asking.write_all(&relayed).await.expect("sent");
        let heard = far.hears(&paper, relayed.len()).await;
        match wrong {
            None => assert_eq!(heard.expect("heard"), relayed),
            Some(why) => {
                assert!(heard.is_err(), "{why}");
                assert_eq!(running.trouble().await, format!("failed {}", far.address));
                let said = lines.text();
                assert!(said.contains("no connection to 127.0.0.1") && said.contains(why), "{said}");
                assert_eq!(running.handle.counts().tls_failed, 1);
            }
        }
    }
}

#[tokio::test]
async fn a_host_that_was_named_must_show_that_name() {
    let office = Office::open();
    let identity = Some(office.issue("127.0.0.1").identity());
    let tls = TlsConfig { identity, ca: Some(office.ca()), ..TlsConfig::default() };
    for (shown, believed) in [("pbx.example", true), ("127.0.0.1", false)] {
        let far = Far::open().await;
        let mut config = super::config(&["tls:127.0.0.1:0"], free_ports(1));
        config.tls = tls.clone();
        let bound = crate::net::Bound::bind(config).await.expect("bound");
        bound.expect_host(far.address, "pbx.example").expect("a name");
        let listening = bound.listening();
        let shell = bound.start(Echo::default(), super::library()).expect("started");
        let (handle, journal) = (shell.handle(), shell.handle().journal());
        let task = tokio::spawn(shell.run(std::future::pending()));
        let running = Running { listening, handle, journal, task };
        let mut asking = connect(&running, &office.client(None, &[])).await.expect("shaken");
        let relayed = message(&format!("RELAY {}", far.address));
        asking.write_all(&relayed).await.expect("sent");
        assert_eq!(far.hears(&office.issue(shown), relayed.len()).await.is_ok(), believed, "{shown}");
    }
}

#[test]
fn files_that_do_not_belong_together_are_told_apart() {
    let office = Office::open();
    let (a, b) = (office.issue("a.example"), office.issue("b.example"));
    let said = |certificate: &PathBuf, key: &PathBuf| {
        Identity::read(certificate, key).expect_err("wrong").to_string()
    };
    assert!(said(&a.certificate, &b.key).contains("does not belong to the certificate"));
    assert!(said(&a.key, &a.key).contains("holds no certificate"));
    assert!(said(&a.certificate, &a.certificate).contains("holds no private key"));
    assert!(said(&PathBuf::from("/no/such"), &a.key).starts_with("/no/such: "));
}

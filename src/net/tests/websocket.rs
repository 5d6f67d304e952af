//! SIP over WebSocket: who may come, messages both ways, and how a connection ends.

use super::{Echo, PATIENCE, Running, free_ports, message};
use crate::net::ShellConfig;
use crate::signaling::Transport;
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

type Phone = WebSocketStream<TcpStream>;

async fn serve(adjust: impl FnOnce(&mut ShellConfig)) -> Running {
    Running::with(&["ws:127.0.0.1:0"], free_ports(1), Echo::default(), adjust).await
}

async fn connect(running: &Running) -> Phone {
    let address = running.address(Transport::Ws);
    let stream = TcpStream::connect(address).await.expect("connected");
    let mut request = format!("ws://{address}/").into_client_request().expect("a request");
    request.headers_mut().insert("Sec-WebSocket-Protocol", "sip".parse().expect("a value"));
    let (phone, response) = client_async(request, stream).await.expect("shaken");
    assert_eq!(response.headers()["Sec-WebSocket-Protocol"], "sip");
    phone
}

/// The next message that is not WebSocket's own; `None`: the end.
async fn heard(phone: &mut Phone) -> Option<Message> {
    loop {
        match tokio::time::timeout(PATIENCE, phone.next()).await.expect("in time") {
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            Some(Ok(message)) => return Some(message),
        }
    }
}

fn text(what: &str) -> String {
    String::from_utf8(message(what)).expect("text")
}

/// The status of the answer to a handshake with these lines.
async fn handshake(running: &Running, lines: &str) -> String {
    let mut stream = TcpStream::connect(running.address(Transport::Ws)).await.expect("connected");
    let request = format!(
        "GET / HTTP/1.1\r\nHost: desk.example:5066\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{lines}\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut answer = vec![0; 12];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut answer))
        .await
        .expect("in time")
        .expect("an answer");
    String::from_utf8(answer).expect("text").split_off(9)
}

#[tokio::test]
async fn a_message_is_one_of_websocket_and_is_answered_on_its_connection() {
    let running = serve(|_| {}).await;
    let mut phone = connect(&running).await;
    phone.send(Message::text(text("OPTIONS sip:a"))).await.expect("sent");
    assert_eq!(heard(&mut phone).await, Some(Message::text(text("OPTIONS sip:a"))));
    phone.send(Message::binary(message("OPTIONS sip:b"))).await.expect("sent");
    assert_eq!(heard(&mut phone).await, Some(Message::text(text("OPTIONS sip:b"))));
    phone.send(Message::text("\r\n\r\n")).await.expect("sent");
    assert_eq!(heard(&mut phone).await, Some(Message::text("\r\n")), "a keep-alive is answered");
}

#[tokio::test]
async fn who_speaks_no_sip_or_is_another_s_page_is_refused_in_the_handshake() {
    let running = serve(|_| {}).await;
    let sip = "Sec-WebSocket-Protocol: chat, SIP\r\n";
    assert_eq!(handshake(&running, sip).await, "101");
    assert_eq!(handshake(&running, "").await, "400");
    assert_eq!(handshake(&running, "Sec-WebSocket-Protocol: chat\r\n").await, "400");
    assert_eq!(handshake(&running, &format!("{sip}Origin: http://desk.example\r\n")).await, "101");
    assert_eq!(handshake(&running, &format!("{sip}Origin: https://evil.example\r\n")).await, "403");
    let named = serve(|config| config.origins = vec!["https://console.example".into()]).await;
    assert_eq!(handshake(&named, &format!("{sip}Origin: https://console.example\r\n")).await, "101");
    assert_eq!(handshake(&named, &format!("{sip}Origin: http://desk.example\r\n")).await, "403");
}

#[tokio::test]
async fn a_connection_that_is_gone_is_told_and_never_opened_from_here() {
    let mut running = serve(|_| {}).await;
    let mut phone = connect(&running).await;
    let ours = phone.get_ref().local_addr().expect("bound");
    phone.send(Message::text(text("OPTIONS sip:a"))).await.expect("sent");
    assert!(heard(&mut phone).await.is_some());
    phone.close(None).await.expect("closed");
    assert_eq!(running.gone().await, format!("gone {ours}"));
    let far = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("listening");
    let address = far.local_addr().expect("bound");
    let mut other = connect(&running).await;
    other.send(Message::text(text(&format!("RELAY {address}")))).await.expect("sent");
    assert_eq!(running.trouble().await, format!("failed {address}"));
}

#[tokio::test]
async fn who_shakes_slowly_says_nothing_or_says_too_much_is_cut_off() {
    let running = serve(|config| config.tcp.connect = Duration::from_millis(50)).await;
    let mut slow = TcpStream::connect(running.address(Transport::Ws)).await.expect("connected");
    slow.write_all(b"GET / HTTP/1.1\r\nHost").await.expect("written");
    let read = tokio::time::timeout(PATIENCE, slow.read(&mut [0; 64])).await.expect("in time");
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");

    let running = serve(|config| config.tcp.message = Duration::from_millis(50)).await;
    assert_eq!(heard(&mut connect(&running).await).await, None, "nothing came");
    assert_eq!(running.handle.counts().connections_cut, 1);

    let running = serve(|_| {}).await;
    let mut phone = connect(&running).await;
    let _ = phone.send(Message::text("x".repeat(1 << 20))).await;
    assert_eq!(heard(&mut phone).await, None, "more than a message may have");
    let mut other = connect(&running).await;
    other.send(Message::text(text("OPTIONS sip:b"))).await.expect("sent");
    assert!(heard(&mut other).await.is_some(), "the others go on");
}

#[tokio::test]
async fn one_address_cannot_hold_every_connection() {
    let running = serve(|config| config.tcp.connections = 2).await;
    let mut phone = connect(&running).await;
    phone.send(Message::text(text("OPTIONS sip:a"))).await.expect("sent");
    assert!(heard(&mut phone).await.is_some());
    let mut refused = TcpStream::connect(running.address(Transport::Ws)).await.expect("connected");
    let read = tokio::time::timeout(PATIENCE, refused.read(&mut [0; 64])).await.expect("in time");
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    assert_eq!(running.handle.counts().connections_refused, 1);
}

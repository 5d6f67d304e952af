// A telephone in a page: JsSIP speaks, the browser listens. What happens is said on the console, a line each.

const say = (...words) => console.log(words.join(' '));

const microphone = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const media = { mediaConstraints: { audio: microphone, video: false }, pcConfig: { iceServers: [] } };
let wanted;
let phone;
let session;

/** Of the browser's codecs this one alone is offered and answered with, and keys. */
const addTrack = RTCPeerConnection.prototype.addTrack;
RTCPeerConnection.prototype.addTrack = function (track, ...streams) {
  const sender = addTrack.call(this, track, ...streams);
  const transceiver = this.getTransceivers().find((known) => known.sender === sender);
  const spoken = [`audio/${wanted.codec}`.toLowerCase(), 'audio/telephone-event'];
  const known = RTCRtpReceiver.getCapabilities('audio').codecs;
  transceiver.setCodecPreferences(known.filter(({ mimeType }) => spoken.includes(mimeType.toLowerCase())));
  return sender;
};

/** Opens the connection; with a password it registers. */
function start(settings) {
  wanted = settings;
  if (wanted.timer !== null) media.sessionTimersExpires = wanted.timer;
  phone = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(wanted.socket)],
    uri: `sip:${wanted.name}@127.0.0.1`,
    password: wanted.password ?? undefined,
    register: wanted.password !== null,
    session_timers: wanted.timer !== null,
  });
  phone.on('connected', () => say('connected'));
  phone.on('registered', () => say('registered'));
  phone.on('registrationFailed', ({ cause }) => say('not registered:', cause));
  phone.on('newRTCSession', (event) => {
    session = event.session;
    watch(session);
    if (event.originator === 'remote') {
      say('rings');
      if (wanted.answers) session.answer(media);
    }
  });
  phone.start();
}

function watch(session) {
  session.on('peerconnection', ({ peerconnection }) => listen(peerconnection));
  if (session.connection) listen(session.connection);
  session.on('confirmed', () => say('confirmed'));
  session.on('ended', ({ originator, cause }) => say('ended by', originator, cause));
  session.on('failed', ({ originator, cause }) => say('failed by', originator, cause));
}

function listen(connection) {
  connection.addEventListener('connectionstatechange', () => say('audio is', connection.connectionState));
  connection.addEventListener('track', ({ track }) => record(track));
}

const recorded = new Set();

/** Has the driver keep what is heard, of each track once however often it comes back from hold. */
async function record(track) {
  if (recorded.has(track)) return;
  recorded.add(track);
  // A page hears only what it plays.
  const stream = new MediaStream([track]);
  document.getElementById('ear').srcObject = stream;
  const context = new AudioContext({ sampleRate: 16_000 });
  await context.audioWorklet.addModule('/recorder.js');
  const recorder = new AudioWorkletNode(context, 'recorder');
  recorder.port.onmessage = ({ data }) => keep(btoa(String.fromCharCode(...new Uint8Array(data.buffer))));
  context.createMediaStreamSource(stream).connect(recorder).connect(context.destination);
}

function dial(uri) {
  phone.call(uri, media);
}

function press(key) {
  session.sendDTMF(key, { transportType: wanted.keys, duration: 160 });
}

function hold() {
  session.hold({}, () => say('holds'));
}

function resume() {
  session.unhold({}, () => say('resumes'));
}

function refer(uri) {
  session.refer(uri);
}

function hang_up() {
  session.terminate();
}

/** Says what the connection counted. */
async function count() {
  const counted = [...(await session.connection.getStats()).values()];
  const of = (type) => counted.find((kind) => kind.type === type) ?? {};
  const [heard, sent, way] = [of('inbound-rtp'), of('outbound-rtp'), of('transport')];
  say('counted', JSON.stringify({
    bytes: heard.bytesReceived,
    energy: heard.totalAudioEnergy,
    lost: heard.packetsLost,
    codec: (counted.find(({ id }) => id === heard.codecId) ?? {}).mimeType,
    sent: sent.packetsSent,
    dtls: way.dtlsState,
    tls: way.tlsVersion,
    cipher: way.srtpCipher,
  }));
}

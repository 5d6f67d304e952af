"""PJSIP as a telephone of these tests, by its Python binding.

Started with one argument, a JSON object (what each key means stands where it is read below). Commands come on
standard input, one a line; what happens is printed, one line each. No sound card: it plays a file and records what it
hears, at 8 kHz whatever the codec.
"""

import json
import os
import select
import sys
import time
import traceback

try:
    import pjsua2 as pj
except ImportError as error:
    sys.exit(f"pjsua2 is not to be had for {sys.executable} ({error}): `tests/run peers` installs it")

HOST = "127.0.0.1"
# How long PJSIP is let work before the next command is looked for.
PATIENCE_MS = 10
# Held and spaced like the keys of a telephone, in milliseconds.
TONE_MS = 120


def say(*words):
    print(" ".join(map(str, words)), flush=True)


def heard(callback):
    """A callback whose mistakes are seen: PJSIP drops them."""

    def called(*arguments):
        try:
            callback(*arguments)
        except Exception:
            traceback.print_exc()

    return called


class Phone(pj.Account):
    """The account: who we are, and who calls."""

    def __init__(self, wanted):
        super().__init__()
        self.wanted = wanted
        # Newest last; a call is kept until the end, for PJSIP calls back into it.
        self.calls = []

    @heard
    def onIncomingCall(self, incoming):
        call = Call(self, incoming.callId)
        self.calls.append(call)
        say("called by", call.getInfo().remoteUri)
        if self.wanted["answers"]:
            call.reply(180)
            call.reply(200)

    @heard
    def onRegState(self, state):
        say("registration", state.code)


class Call(pj.Call):
    """A call, and what PJSIP tells of it."""

    def __init__(self, phone, number=pj.PJSUA_INVALID_ID):
        super().__init__(phone, number)
        self.phone = phone
        self.sources = []
        self.quiet_until = None

    def reply(self, status):
        self.answer(parameters(status))

    @heard
    def onCallState(self, _):
        info = self.getInfo()
        say(f"call {self.number()} is {info.stateText}", info.lastStatusCode, info.lastReason)

    @heard
    def onCallMediaState(self, _):
        # The list lives as long as what holds it.
        info = self.getInfo()
        for media in info.media:
            if media.type == pj.PJMEDIA_TYPE_AUDIO:
                self.audio_changed(media)

    def audio_changed(self, media):
        names = {
            pj.PJSUA_CALL_MEDIA_ACTIVE: "active",
            pj.PJSUA_CALL_MEDIA_LOCAL_HOLD: "held here",
            pj.PJSUA_CALL_MEDIA_REMOTE_HOLD: "held there",
        }
        say(f"audio {self.number()} is", names.get(media.status, "off"))
        if media.status in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD):
            audio = self.getAudioMedia(media.index)
            self.phone.player.startTransmit(audio)
            audio.startTransmit(self.phone.recorder)
            stream = self.getStreamInfo(media.index)
            say(f"audio {self.number()} in {stream.codecName}/{stream.codecClockRate}")

    @heard
    def onDtmfDigit(self, key):
        say("key", key.digit)

    @heard
    def onCallReplaced(self, told):
        call = Call(self.phone, told.newCallId)
        self.phone.calls.append(call)
        told.newCall = call
        say(f"call {self.number()} is replaced by {call.number()}")

    @heard
    def onCallTransferStatus(self, told):
        say("transfer", told.statusCode, told.reason)

    def number(self):
        return self.phone.calls.index(self)

    def tone(self, key):
        """The key as a sound in the audio, in place of what is said."""
        tones = pj.ToneDigitVector()
        tone = pj.ToneDigit()
        tone.digit, tone.on_msec, tone.off_msec = key, TONE_MS, TONE_MS
        tones.append(tone)
        source = pj.ToneGenerator()
        source.createToneGenerator(8000)
        self.phone.player.stopTransmit(self.getAudioMedia(-1))
        source.startTransmit(self.getAudioMedia(-1))
        source.playDigits(tones)
        self.sources.append(source)
        self.quiet_until = time.monotonic() + 4 * TONE_MS / 1000

    def speak_again(self):
        """What is said goes on when the sound of a key is over."""
        if self.quiet_until and time.monotonic() > self.quiet_until:
            self.quiet_until = None
            self.phone.player.startTransmit(self.getAudioMedia(-1))


def parameters(status=0):
    wanted = pj.CallOpParam(True)
    wanted.statusCode = status
    wanted.opt.videoCount = 0
    return wanted


# --- Commands ------------------------------------------------------------------------------------------


def dial(phone, uri):
    """`dial URI`"""
    call = Call(phone)
    phone.calls.append(call)
    call.makeCall(uri, parameters())


def press(phone, number, how, key):
    """`press CALL event|info|tone KEY`: as RFC 4733's event, as INFO, as a sound"""
    call = phone.calls[int(number)]
    if how == "tone":
        call.tone(key)
        return
    wanted = pj.CallSendDtmfParam()
    wanted.digits = key
    wanted.method = {"event": pj.PJSUA_DTMF_METHOD_RFC2833, "info": pj.PJSUA_DTMF_METHOD_SIP_INFO}[how]
    call.sendDtmf(wanted)


def hold(phone, number):
    """`hold CALL`"""
    phone.calls[int(number)].setHold(parameters())


def resume(phone, number):
    """`resume CALL`"""
    wanted = parameters()
    wanted.opt.flag = pj.PJSUA_CALL_UNHOLD
    phone.calls[int(number)].reinvite(wanted)


def refer(phone, number, uri):
    """`refer CALL URI`: the far side shall call somebody"""
    phone.calls[int(number)].xfer(uri, parameters())


def join(phone, number, other):
    """`join CALL OTHER`: the far side shall take our place in another of our calls"""
    phone.calls[int(number)].xferReplaces(phone.calls[int(other)], parameters())


def hangup(phone, number):
    """`hangup CALL`"""
    phone.calls[int(number)].hangup(parameters())


COMMANDS = {each.__name__: each for each in (dial, press, hold, resume, refer, join, hangup)}


# --- Setting up ----------------------------------------------------------------------------------------


def endpoint(wanted):
    core = pj.Endpoint()
    core.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.logConfig.filename = wanted["log"]
    config.logConfig.level = 5
    config.logConfig.consoleLevel = 0
    config.medConfig.clockRate = 8000
    config.medConfig.sndClockRate = 8000
    config.medConfig.noVad = True
    config.medConfig.ecTailLen = 0
    core.libInit(config)
    core.audDevManager().setNullDev()
    # `codec`: its name as PJSIP writes it; no other is offered or taken.
    for codec in core.codecEnum2():
        core.codecSetPriority(codec.codecId, 255 if codec.codecId.startswith(wanted["codec"] + "/") else 0)
    return core


def transport(core, wanted):
    """On `port`; with `tls`, a certificate, its key and an issuer to believe, over TLS alone."""
    config = pj.TransportConfig()
    config.port = wanted["port"]
    config.boundAddress = config.publicAddress = HOST
    kind = pj.PJSIP_TRANSPORT_UDP
    if wanted["tls"]:
        kind = pj.PJSIP_TRANSPORT_TLS
        tls = config.tlsConfig
        tls.certFile, tls.privKeyFile, tls.CaListFile = wanted["tls"]
        tls.verifyServer = True
        tls.verifyClient = False
    core.transportCreate(kind, config)


def account(wanted):
    config = pj.AccountConfig()
    config.idUri = f"sip:{wanted['name']}@{HOST}:{wanted['port']}"
    # `timer`: whether sessions must have one (RFC 4028), of so many seconds.
    if wanted["timer"]:
        config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_REQUIRED
        config.callConfig.timerSessExpiresSec = wanted["timer"]
    # `prack`: provisional responses must be acknowledged (RFC 3262).
    if wanted["prack"]:
        config.callConfig.prackUse = pj.PJSUA_100REL_MANDATORY
    # `srtp`: encrypted audio alone (RFC 4568), whatever the signaling travels over.
    media = config.mediaConfig
    if wanted["srtp"]:
        media.srtpUse = pj.PJMEDIA_SRTP_MANDATORY
        media.srtpSecureSignaling = 0
    # `audio`: the first of a few ports.
    media.transportConfig.boundAddress = media.transportConfig.publicAddress = HOST
    media.transportConfig.port, media.transportConfig.portRange = wanted["audio"], 8
    # `register`: registrar, user and password, or none.
    if wanted["register"]:
        registrar, user, password = wanted["register"]
        config.idUri = f"sip:{user}@{registrar}"
        config.regConfig.registrarUri = f"sip:{registrar}"
        config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", user, 0, password))
    phone = Phone(wanted)
    # `says`: a file played over and over. `ear`: the file of what was heard.
    phone.player = pj.AudioMediaPlayer()
    phone.player.createPlayer(wanted["says"])
    phone.recorder = pj.AudioMediaRecorder()
    phone.recorder.createRecorder(wanted["ear"])
    phone.create(config)
    return phone


def serve(core, phone):
    """Until standard input is closed."""
    unread = b""
    while True:
        core.libHandleEvents(PATIENCE_MS)
        for call in phone.calls:
            call.speak_again()
        if not select.select([0], [], [], 0)[0]:
            continue
        read = os.read(0, 4096)
        if not read:
            return
        *lines, unread = (unread + read).split(b"\n")
        for line in lines:
            name, *words = line.decode().split()
            try:
                COMMANDS[name](phone, *words)
            except pj.Error as error:
                say("cannot", line.decode(), error.info())


def main():
    wanted = json.loads(sys.argv[1])
    core = endpoint(wanted)
    transport(core, wanted)
    core.libStart()
    phone = account(wanted)
    say("ready", core.libVersion().full)
    serve(core, phone)
    # Its objects end before PJSIP does.
    phone.calls.clear()
    del phone.player, phone.recorder
    phone.shutdown()
    core.libDestroy()


main()

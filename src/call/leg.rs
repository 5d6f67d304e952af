//! One leg's two halves, signaling and audio: both are released, in whatever order they end.

/// A leg's signaling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signaling {
    /// An outgoing leg that waits for its port.
    Planned,
    /// Ringing or up.
    Live,
    /// We asked for its end; its `LegEnded` will come.
    Parting,
    /// Over, or never begun.
    Over,
}

/// A leg's audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Media {
    /// Sockets are being bound.
    Opening,
    /// Bound.
    Open,
    /// Being closed.
    Closing,
    /// None.
    Closed,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Leg {
    signaling: Signaling,
    media: Media,
}

impl Leg {
    /// An incoming leg.
    pub(super) fn live() -> Self {
        Leg { signaling: Signaling::Live, media: Media::Opening }
    }

    /// An incoming leg that is refused at once: it gets no sockets.
    pub(super) fn without_audio() -> Self {
        Leg { signaling: Signaling::Live, media: Media::Closed }
    }

    /// An outgoing leg before its INVITE.
    pub(super) fn planned() -> Self {
        Leg { signaling: Signaling::Planned, media: Media::Opening }
    }

    pub(super) fn invited(&mut self) {
        if self.signaling == Signaling::Planned {
            self.signaling = Signaling::Live;
        }
    }

    pub(super) fn signaling_over(&mut self) {
        self.signaling = Signaling::Over;
    }

    pub(super) fn media_opened(&mut self) {
        if self.media == Media::Opening {
            self.media = Media::Open;
        }
    }

    pub(super) fn media_closed(&mut self) {
        self.media = Media::Closed;
    }

    /// Whether signaling must now be told to end.
    pub(super) fn part(&mut self) -> bool {
        let live = self.signaling == Signaling::Live;
        self.signaling = match self.signaling {
            Signaling::Live | Signaling::Parting => Signaling::Parting,
            Signaling::Planned | Signaling::Over => Signaling::Over,
        };
        live
    }

    /// Whether the audio must now be told to close: signaling is over and sockets are bound.
    pub(super) fn close_media(&mut self) -> bool {
        let due = self.signaling == Signaling::Over && self.media == Media::Open;
        if due {
            self.media = Media::Closing;
        }
        due
    }

    pub(super) fn is_released(&self) -> bool {
        self.signaling == Signaling::Over && self.media == Media::Closed
    }
}

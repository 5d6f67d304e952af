//! Behaviour of endpoints on a network in virtual time.

mod calls;
mod failover;
mod hostile;
mod net;
mod offers;
mod races;
mod random;
mod refer;
mod register;
mod registrar;
mod reliable;
mod replacing;
mod timers;

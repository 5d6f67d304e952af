//! Whoever follows what is written.

use super::{call, open, rich_case};
use crate::store::{Happening, Write};
use std::path::Path;

pub(super) async fn whoever_follows_is_told_what_is_new_on_disk_and_once(url: &str, _: &Path) {
    let store = open(url).await;
    let mut following = store.follow();
    let case = rich_case(1);
    let batch = [Write::SaveCase(Box::new(case.clone())), Write::SaveCall(Box::new(call("boot-1")))];
    let (mut entries, mut calls) = (Vec::new(), Vec::new());
    for _twice in 0..2 {
        store.apply(&batch).await.expect("written");
        while let Ok(happening) = following.try_recv() {
            match happening {
                Happening::Entry(key) => entries.push(key),
                Happening::Call(id) => calls.push(id),
            }
        }
    }
    assert!(calls.iter().all(|id| id == "boot-1") && !calls.is_empty(), "{calls:?}");
    let told = store.happened(&entries).await.expect("read");
    let told: Vec<_> = told.into_iter().map(|happened| (happened.case.number(), happened.entry)).collect();
    let wanted: Vec<_> = case.timeline().iter().map(|entry| (case.number(), entry.clone())).collect();
    assert_eq!(told, wanted, "each entry once, also where the same is written again");
}

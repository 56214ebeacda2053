//! The engine behind a network that loses, overtakes, doubles, turns bits over, or is narrow.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use media::caller::Caller;
use media::hall::{ROOM, engine, joins, scene, who};
use media::{Engine, PeerId, Pictures};
use tests::path::{Path, Weather};
use tests::shared::tries;

/// The near end of the network: another address of this machine, with the engine's own port.
const NEAR: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

async fn behind_a_network() -> (Engine, Path) {
    let engine = engine(1, Some(NEAR));
    let there = engine.listens();
    let path = Path::between(SocketAddr::new(NEAR, there.port()), there).await;
    (engine, path)
}

/// Of the frames that somebody sends from now on, which of so many come, once the last of them could have.
async fn of_the_next(listener: &mut Caller, voice: u8, picture: bool, frames: u32) -> usize {
    let last = move |log: &media::caller::Log| {
        let of = log
            .frames
            .iter()
            .filter(|f| f.voice == Some(voice) && f.picture == picture);
        of.map(|f| f.number).max().unwrap_or(0)
    };
    let from = last(&listener.log());
    let until = from + frames;
    // A quarter of a second behind: what is sent again comes by then.
    listener
        .sees("the frames behind", move |log| last(log) > until + 12)
        .await;
    let log = listener.log();
    let came: BTreeSet<u32> = log
        .frames
        .iter()
        .filter(|f| f.voice == Some(voice) && f.picture == picture && f.number > from && f.number <= until)
        .map(|f| f.number)
        .collect();
    came.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t19_pictures_lost_on_the_way_are_sent_again_and_who_comes_late_gets_one() {
    const FRAMES: u32 = 200;
    let (engine, path) = behind_a_network().await;
    let all = scene(&[1, 2, 3], &[], &[]);
    let (_ana, _) = joins(&engine, 1, all.clone()).await;
    let (mut ben, _) = joins(&engine, 2, all.clone()).await;
    ben.sees("ana", |log| log.of(1) >= 10 && log.pictures_of(1) >= 10).await;
    path.is(Weather {
        lost: 100,
        late: 50,
        doubled: 20,
        ..Weather::default()
    });
    let pictures = of_the_next(&mut ben, 1, true, FRAMES).await;
    let voices = of_the_next(&mut ben, 1, false, FRAMES).await;
    let happened = path.happened();
    let lost = happened.lost.load(Ordering::Relaxed);
    println!(
        "T19, loss: N = {FRAMES} frames each over two ways that lose one in ten (without repair 162 come): {pictures} of the picture came, {voices} of the voice; {lost} datagrams lost, {} overtaken, {} doubled",
        happened.late.load(Ordering::Relaxed),
        happened.doubled.load(Ordering::Relaxed),
    );
    assert!(lost > 100, "the network did lose: {lost}");
    assert!(pictures >= 190, "what is lost of a picture is sent again: {pictures}");
    assert!(
        (130..=190).contains(&voices),
        "a voice is not sent again, and most of it comes: {voices}"
    );
    // In this weather somebody comes late.
    let (mut cleo, _) = joins(&engine, 3, all).await;
    cleo.sees("both pictures", |log| {
        log.pictures_of(1) >= 5 && log.pictures_of(2) >= 5
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t19_packets_with_a_bit_turned_over_are_nobodys_voice() {
    let turned_wanted = tries("TURNED", 2_000);
    let (engine, path) = behind_a_network().await;
    let all = scene(&[1, 2, 3], &[], &[]);
    let (_ana, _) = joins(&engine, 1, all.clone()).await;
    let (mut ben, _) = joins(&engine, 2, all.clone()).await;
    let (_cleo, _) = joins(&engine, 3, all).await;
    ben.sees("ana", |log| log.of(1) >= 10).await;
    path.is(Weather {
        turned: 1_000,
        ..Weather::default()
    });
    let (mut came, mut sent) = (0, 0);
    while path.happened().turned.load(Ordering::Relaxed) < turned_wanted {
        came += of_the_next(&mut ben, 1, false, 100).await;
        sent += 100;
    }
    let strange = |log: &media::caller::Log| {
        let mut seen = BTreeSet::new();
        log.frames
            .iter()
            .filter(|f| !matches!(f.voice, Some(1 | 3)) || !seen.insert((f.voice, f.picture, f.number)))
            .count()
    };
    let injected = strange(&ben.log());
    let turned = path.happened().turned.load(Ordering::Relaxed);
    println!(
        "T19, bits turned over: N = {turned} sealed packets, {injected} frames injected (bound 3/N = {:.4}), {came} of {sent} frames of a bystander came; {} connections broke",
        3.0 / f64::from(u32::try_from(turned).unwrap_or(u32::MAX)),
        engine.counts().broken.load(Ordering::Relaxed)
    );
    assert_eq!((injected, engine.counts().broken.load(Ordering::Relaxed)), (0, 0));
    assert!(
        came * 100 > sent * 99,
        "a bystander loses less than one in a hundred: {came} of {sent}"
    );
    // The count can fail: silence of the server's own is no frame of anybody's.
    engine.shows(ROOM, scene(&[1, 2, 3], &[1], &[])).await;
    ben.sees("a frame of nobody's", move |log| strange(log) > 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t19_over_a_narrow_way_pictures_are_held_back_and_the_holders_voice_comes() {
    let (engine, path) = behind_a_network().await;
    let mut held = scene(&[1, 2, 3], &[], &[]);
    held.people.get_mut(&who(1)).expect("she is there").first = true;
    // Two whose pictures take six hundred thousand bits a second each, and one who listens over a way that carries half a million.
    let (ana, _) = joins(&engine, 1, held.clone()).await;
    let (ben, _) = joins(&engine, 2, held.clone()).await;
    for caller in [&ana, &ben] {
        caller.weighs(1_000).await;
    }
    for n in [1, 2] {
        engine.wishes(ROOM, PeerId(n), Pictures::None).await;
    }
    let (mut cleo, _) = joins(&engine, 3, held).await;
    cleo.talks(false).await;
    cleo.sees("the holder's picture", |log| log.pictures_of(1) >= 10).await;
    path.is(Weather {
        bits: Some(500_000),
        ..Weather::default()
    });
    let begun = Instant::now();
    let mut voices = 0;
    while engine.counts().held_back.load(Ordering::Relaxed) < 400 || voices < 95 {
        voices = of_the_next(&mut cleo, 1, false, 100).await;
        assert!(
            begun.elapsed() < Duration::from_secs(40),
            "{voices} of 100 frames of the holder's voice came"
        );
    }
    let lost = path.happened().lost.load(Ordering::Relaxed);
    println!(
        "T19, a narrow way: after {:?} pictures are held back and {voices} of 100 frames of the holder's voice come; {lost} datagrams did not fit meanwhile",
        begun.elapsed()
    );
    // The way is wide again: what is held back is tried out, and comes back by itself, within half a minute; so the short run leaves it out.
    if std::env::var("WIDE_AGAIN").is_ok() {
        path.is(Weather::default());
        let begun = Instant::now();
        let seen = cleo.log().pictures_of(1);
        while cleo.log().pictures_of(1) < seen + 25 {
            of_the_next(&mut cleo, 1, false, 50).await;
            assert!(
                begun.elapsed() < Duration::from_mins(1),
                "the holder's picture comes back"
            );
        }
        println!(
            "T19, wide again: N = 1, half a second of the holder's picture has come after {:?}",
            begun.elapsed()
        );
    }
}

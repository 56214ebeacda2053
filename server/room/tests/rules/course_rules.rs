//! Where people are in the course: meetings beside the sessions, what might be hard, and what could go when the end is near.

use protocol::pack::*;
use protocol::wire::*;

use crate::common::scene::*;

fn meeting(id: &str, place: MeetingPlace) -> MeetingPlan {
    MeetingPlan {
        id: id.into(),
        place,
        with: MeetingWith::Each,
        minutes: 45,
        steps: vec![],
    }
}

#[test]
fn meetings_before_mid_way_and_after_are_due_in_their_place_and_nowhere_else() {
    let mut scene = Scene::with(|pack| {
        pack.meetings = vec![
            meeting("before", MeetingPlace::Before),
            meeting("mid-way", MeetingPlace::AfterSession(1)),
            meeting("after", MeetingPlace::After),
        ];
    });
    scene.comes(FAY);
    let due = |scene: &Scene| {
        let meetings = scene.seen_by_staff().course.meetings.into_iter();
        meetings
            .filter(|meeting| meeting.due)
            .map(|meeting| meeting.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(due(&scene), ["before"]);
    scene.does(FAY, Action::StartSession);
    assert!(scene.seen_by_staff().course.meetings.is_empty(), "a session runs");
    scene.does(FAY, Action::EndSession);
    assert_eq!(due(&scene), ["mid-way"]);
    scene.does(FAY, Action::StartSession).does(FAY, Action::EndSession);
    assert_eq!(due(&scene), ["after"]);
}

#[test]
fn what_might_be_hard_is_said_of_the_current_step_and_the_next() {
    let mut scene = Scene::with(|pack| {
        let text = pack.text.get_mut("en").unwrap();
        text.content_notes = Some("Hard things.".into());
        for (id, words) in &mut text.steps {
            words.content_notes = Some(format!("hard in {id}"));
            words.choices = Some(format!("choices in {id}"));
        }
    });
    scene.comes(FAY);
    let notes = |scene: &Scene| {
        let steps = scene.seen_by_staff().agenda.steps.into_iter();
        steps
            .filter_map(|step| step.content_notes.and(step.choices))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        notes(&scene),
        ["choices in opening"],
        "before the session, what comes first"
    );
    assert_eq!(
        scene.seen_by_staff().course.content_notes.as_deref(),
        Some("Hard things.")
    );
    scene.does(FAY, Action::StartSession);
    assert_eq!(notes(&scene), ["choices in opening", "choices in focus"]);
    scene.does(
        FAY,
        Action::LeaveOutStep {
            index: 1,
            left_out: true,
        },
    );
    assert_eq!(notes(&scene), ["choices in opening", "choices in mood-round"]);
}

/// Eight steps of ten minutes; `work` may be left out, `mood-round` has a short form, `still` closes.
fn tight() -> Scene {
    Scene::with(|pack| {
        for session in &mut pack.sessions {
            session.steps[3].droppable = true;
            session.steps[4].droppable = true;
            session.steps[7].protected = true;
        }
        let text = pack.text.get_mut("en").unwrap();
        for step in ["mood-round", "work", "still"] {
            text.steps.get_mut(&step.parse().unwrap()).unwrap().shorten = Some("One word each.".into());
        }
    })
    .session()
}

#[test]
fn with_twelve_minutes_left_those_who_lead_see_what_could_go_and_not_before() {
    let mut scene = tight();
    scene.go_to("mood-round").wait(68 * 60 - 1);
    assert_eq!(scene.staff().near_end, None);
    scene.wait(1);
    let could = scene.staff().near_end.unwrap().steps;
    let could: Vec<_> = could
        .iter()
        .map(|one| (one.index, one.droppable, one.how.is_some()))
        .collect();
    let shorten_this_one = (2, false, true);
    assert_eq!(could, [shorten_this_one, (3, true, true), (4, true, false)]);
    assert!(scene.restarts().comes(FAY).staff().near_end.is_some());
}

#[test]
fn how_a_session_closes_is_never_among_what_could_go() {
    let mut scene = tight();
    scene.go_to("still").wait(70 * 60);
    assert_eq!(scene.staff().near_end.unwrap().steps, []);
    assert_eq!(
        scene.staff().shorten.as_deref(),
        Some("One word each."),
        "it can be shortened by hand"
    );
    assert_eq!(
        scene.go_to("opening").refusal(
            FAY,
            Action::LeaveOutStep {
                index: 7,
                left_out: true
            }
        ),
        RefusalCode::Protected
    );
}

#[test]
fn what_was_left_out_already_is_not_offered_again() {
    let mut scene = tight();
    scene
        .go_to("mood-round")
        .does(
            FAY,
            Action::LeaveOutStep {
                index: 3,
                left_out: true,
            },
        )
        .wait(70 * 60);
    let could = scene.staff().near_end.unwrap().steps;
    assert_eq!(could.iter().map(|one| one.index).collect::<Vec<_>>(), [2, 4]);
}

#[test]
fn sessions_left_count_today() {
    let mut scene = Scene::new().session();
    assert_eq!(scene.seen().course.sessions_left, 2);
    scene.does(FAY, Action::EndSession);
    assert_eq!(scene.seen().course.sessions_left, 1);
    scene.does(FAY, Action::StartSession).does(FAY, Action::EndSession);
    assert_eq!(scene.seen().course.sessions_left, 0);
}

//! A member's own answers, written as FHIR resources. Pure: what was answered comes in, a Bundle goes out.

use protocol::fhir::{
    FhirAnswer, FhirAnswered, FhirBundle, FhirBundleKind, FhirBundleName, FhirCoding, FhirEntry, FhirIdentifier,
    FhirMeta, FhirNarrative, FhirNarrativeStatus, FhirQuestion, FhirQuestionKind, FhirQuestionnaire,
    FhirQuestionnaireStatus, FhirReference, FhirResource, FhirResponse, FhirResponseStatus,
};
use protocol::{ParticipantId, Private, RoomId, Timestamp};

/// What one member answered in one room.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answers {
    /// The pack that asked: its name and version.
    pub pack: String,
    pub version: String,
    /// The questions of the private check-in in their order, each key with its words.
    pub questions: Vec<(String, String)>,
    /// By session: when the last of them was given, and each answer by its question's key; the latest where somebody answered twice.
    pub check_ins: Vec<CheckIn>,
    /// Answers to question 9 of a questionnaire, as they were noted.
    pub nine: Vec<(Timestamp, u16)>,
}

/// What was answered in one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckIn {
    pub session: u16,
    pub at: Timestamp,
    pub answers: Vec<(String, Private<String>)>,
}

/// Whom it is about.
#[derive(Debug, Clone, Copy)]
pub struct Whose<'a> {
    pub room: RoomId,
    pub participant: ParticipantId,
    pub name: Option<&'a Private<String>>,
}

/// "Not to be passed on without the patient's consent directive", in HL7's list of privacy rules.
const NOT_TO_BE_PASSED_ON: (&str, &str) = ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "NORDSCLCD");

/// Everything that was answered, with what was asked. `notice` goes with every response.
pub fn bundle(answers: &Answers, whose: Whose<'_>, notice: Option<&str>, now: Timestamp) -> FhirBundle {
    let mut entry = Vec::new();
    let check_in = format!("urn:rondo:pack:{}:check-in", answers.pack);
    if !answers.check_ins.is_empty() {
        let all = answers.questions.iter();
        let asked = all.map(|(key, words)| (key.as_str(), words.as_str(), FhirQuestionKind::Text));
        entry.push(questionnaire(&check_in, &answers.version, asked.collect()));
    }
    if !answers.nine.is_empty() {
        let asked = vec![("9", QUESTION_NINE, FhirQuestionKind::Integer)];
        entry.push(questionnaire(NINE, NINE_VERSION, asked));
    }
    for (n, one) in answers.check_ins.iter().enumerate() {
        let words = |key: &str| {
            let known = answers.questions.iter().find(|(known, _)| known == key);
            known.map_or(key, |(_, words)| words).to_owned()
        };
        let item = one.answers.iter().map(|(key, text)| FhirAnswered {
            link_id: key.clone(),
            text: words(key),
            answer: vec![FhirAnswer::Words(text.clone())],
        });
        let of = format!("{check_in}|{}", answers.version);
        let name = format!("check-in:{}:{n}", one.session);
        entry.push(response(&name, of, one.at, item.collect(), whose, notice));
    }
    for (n, &(at, answer)) in answers.nine.iter().enumerate() {
        let item = FhirAnswered {
            link_id: "9".to_owned(),
            text: QUESTION_NINE.to_owned(),
            answer: vec![FhirAnswer::Number(answer)],
        };
        let of = format!("{NINE}|{NINE_VERSION}");
        entry.push(response(&format!("nine:{n}"), of, at, vec![item], whose, notice));
    }
    FhirBundle {
        resource_type: FhirBundleName::Bundle,
        meta: notice.map(|_| label()),
        r#type: FhirBundleKind::Collection,
        timestamp: instant(now),
        entry,
    }
}

/// What is known of the questionnaire of which one answer is noted: that it has a ninth question. Its words stand on the paper.
const NINE: &str = "urn:rondo:questionnaire:question-9";
const NINE_VERSION: &str = "1";
const QUESTION_NINE: &str = "Question 9, from 0 to 3";

fn questionnaire(url: &str, version: &str, asked: Vec<(&str, &str, FhirQuestionKind)>) -> FhirEntry {
    let item = asked.into_iter().map(|(key, words, kind)| FhirQuestion {
        link_id: key.to_owned(),
        text: words.to_owned(),
        r#type: kind,
    });
    FhirEntry {
        full_url: url.to_owned(),
        resource: FhirResource::Questionnaire(FhirQuestionnaire {
            url: url.to_owned(),
            version: version.to_owned(),
            status: FhirQuestionnaireStatus::Active,
            item: item.collect(),
        }),
    }
}

fn response(
    name: &str,
    questionnaire: String,
    at: Timestamp,
    item: Vec<FhirAnswered>,
    whose: Whose<'_>,
    notice: Option<&str>,
) -> FhirEntry {
    let identifier = FhirIdentifier {
        system: format!("urn:rondo:room:{}", whose.room),
        value: whose.participant.to_string(),
    };
    FhirEntry {
        full_url: format!("urn:rondo:room:{}:{}:{name}", whose.room, whose.participant),
        resource: FhirResource::QuestionnaireResponse(FhirResponse {
            meta: notice.map(|_| label()),
            text: notice.map(narrative),
            questionnaire,
            status: FhirResponseStatus::Completed,
            subject: FhirReference {
                identifier,
                display: whose.name.cloned(),
            },
            authored: instant(at),
            item,
        }),
    }
}

fn label() -> FhirMeta {
    let (system, code) = NOT_TO_BE_PASSED_ON;
    FhirMeta {
        security: vec![FhirCoding {
            system: system.to_owned(),
            code: code.to_owned(),
        }],
    }
}

/// A pack's sentence as XHTML: it is text and stays text.
fn narrative(notice: &str) -> FhirNarrative {
    let text = notice.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    FhirNarrative {
        status: FhirNarrativeStatus::Additional,
        div: format!("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>{text}</p></div>"),
    }
}

/// As FHIR writes a moment: date, time and zone.
fn instant(at: Timestamp) -> String {
    let millis = i64::try_from(at.0).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millis)
        .unwrap_or(jiff::Timestamp::MAX)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_answered_is_a_bundle_without_entries_and_a_notice_is_text() {
        let whose = Whose {
            room: RoomId::from_bits(1),
            participant: ParticipantId::from_bits(2),
            name: None,
        };
        let empty = bundle(&Answers::default(), whose, None, Timestamp(0));
        let written = serde_json::to_string(&empty).unwrap();
        assert_eq!(
            written,
            r#"{"resourceType":"Bundle","type":"collection","timestamp":"1970-01-01T00:00:00Z"}"#
        );
        assert_eq!(serde_json::from_str::<FhirBundle>(&written).unwrap(), empty);
        let answers = Answers {
            nine: vec![(Timestamp(1_500), 2)],
            ..Answers::default()
        };
        let stamped = bundle(&answers, whose, Some("Not <b> & no further"), Timestamp(0));
        let written = serde_json::to_string(&stamped).unwrap();
        assert!(
            written.contains("<p>Not &lt;b&gt; &amp; no further</p>") && written.contains("NORDSCLCD"),
            "{written}"
        );
        assert!(
            written.contains(r#""authored":"1970-01-01T00:00:01.5Z""#) && written.contains(r#""valueInteger":2"#),
            "{written}"
        );
        assert_eq!(serde_json::from_str::<FhirBundle>(&written).unwrap(), stamped);
    }
}

//! A strict reader of what members take along as FHIR: by hand from the published definitions of R4 and R5, and with no type of ours. What both
//! versions allow is allowed, nothing else.

use serde_json::{Map, Value};

/// Everything that is wrong with a Bundle of questionnaires and responses; empty where a reader would take it.
pub fn faults(bundle: &Value) -> Vec<String> {
    let mut reader = Reader::default();
    reader.bundle(bundle);
    reader.faults
}

#[derive(Default)]
struct Reader {
    faults: Vec<String>,
    /// Canonical addresses with versions, and the questions under each.
    asked: Vec<(String, Vec<(String, String)>)>,
}

impl Reader {
    fn wrong(&mut self, place: &str, what: &str) {
        self.faults.push(format!("{place}: {what}"));
    }

    /// An object with these fields, of which those without `?` must be there. Nothing may be null or an empty list or text.
    fn object(&mut self, place: &str, value: &Value, fields: &[&str]) -> Map<String, Value> {
        let Some(object) = value.as_object() else {
            self.wrong(place, "is no object");
            return Map::new();
        };
        for field in fields.iter().filter(|field| !field.ends_with('?')) {
            if !object.contains_key(*field) {
                self.wrong(place, &format!("lacks {field}"));
            }
        }
        for (field, value) in object {
            if !fields.iter().any(|known| known.trim_end_matches('?') == field) {
                self.wrong(place, &format!("has {field}, which is not there in both versions"));
            }
            let empty = value.is_null()
                || value.as_array().is_some_and(Vec::is_empty)
                || value.as_str().is_some_and(|text| text.trim().is_empty());
            if empty {
                self.wrong(place, &format!("{field} is empty"));
            }
        }
        object.clone()
    }

    fn word(&mut self, place: &str, object: &Map<String, Value>, field: &str, words: &[&str]) {
        let said = object.get(field).and_then(Value::as_str);
        if !said.is_some_and(|said| words.contains(&said)) {
            self.wrong(place, &format!("{field} is {said:?}, not one of {words:?}"));
        }
    }

    /// A moment with its zone, or an address without a space.
    fn moment(&mut self, place: &str, object: &Map<String, Value>, field: &str) {
        let said = object.get(field).and_then(Value::as_str).unwrap_or_default();
        let bytes = said.as_bytes();
        let shaped = bytes.len() >= 20
            && bytes.iter().take(19).enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                10 => *byte == b'T',
                13 | 16 => *byte == b':',
                _ => byte.is_ascii_digit(),
            })
            && said.ends_with('Z');
        if !shaped {
            self.wrong(place, &format!("{field} is {said:?}, no moment with a zone"));
        }
    }

    fn address(&mut self, place: &str, object: &Map<String, Value>, field: &str) -> String {
        let said = object.get(field).and_then(Value::as_str).unwrap_or_default();
        if said.contains(char::is_whitespace) || !said.contains(':') {
            self.wrong(place, &format!("{field} is {said:?}, no address"));
        }
        said.to_owned()
    }

    fn bundle(&mut self, value: &Value) {
        let bundle = self.object(
            "Bundle",
            value,
            &["resourceType", "type", "timestamp", "meta?", "entry?"],
        );
        self.word("Bundle", &bundle, "resourceType", &["Bundle"]);
        self.word("Bundle", &bundle, "type", &["collection"]);
        self.moment("Bundle", &bundle, "timestamp");
        self.meta("Bundle", &bundle);
        let entries = bundle
            .get("entry")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let mut urls = Vec::new();
        for (n, entry) in entries.iter().enumerate() {
            let place = format!("entry {n}");
            let entry = self.object(&place, entry, &["fullUrl", "resource"]);
            urls.push(self.address(&place, &entry, "fullUrl"));
            let resource = entry.get("resource").cloned().unwrap_or_default();
            match resource.get("resourceType").and_then(Value::as_str) {
                Some("Questionnaire") => self.questionnaire(&place, &resource),
                Some("QuestionnaireResponse") => self.response(&place, &resource),
                other => self.wrong(&place, &format!("is a {other:?}")),
            }
        }
        let many = urls.len();
        urls.sort();
        urls.dedup();
        if urls.len() != many {
            self.wrong("Bundle", "two entries have one fullUrl");
        }
    }

    fn meta(&mut self, place: &str, object: &Map<String, Value>) {
        let Some(meta) = object.get("meta") else { return };
        let meta = self.object(place, meta, &["security"]);
        for label in meta.get("security").and_then(Value::as_array).into_iter().flatten() {
            let label = self.object(place, label, &["system", "code"]);
            self.address(place, &label, "system");
        }
    }

    fn questionnaire(&mut self, place: &str, value: &Value) {
        let fields = ["resourceType", "url", "version", "status", "item"];
        let questionnaire = self.object(place, value, &fields);
        self.word(
            place,
            &questionnaire,
            "status",
            &["draft", "active", "retired", "unknown"],
        );
        let url = self.address(place, &questionnaire, "url");
        let version = questionnaire.get("version").and_then(Value::as_str).unwrap_or_default();
        let canonical = format!("{url}|{version}");
        let mut questions = Vec::new();
        for item in questionnaire
            .get("item")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let item = self.object(place, item, &["linkId", "text", "type"]);
            self.word(place, &item, "type", &["text", "integer"]);
            let text = |field: &str| item.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
            questions.push((text("linkId"), text("type")));
        }
        let many = questions.len();
        questions.dedup_by(|one, other| one.0 == other.0);
        if questions.len() != many {
            self.wrong(place, "two questions have one linkId");
        }
        self.asked.push((canonical, questions));
    }

    fn response(&mut self, place: &str, value: &Value) {
        let fields = [
            "resourceType",
            "questionnaire",
            "status",
            "subject",
            "authored",
            "item",
            "meta?",
            "text?",
        ];
        let response = self.object(place, value, &fields);
        self.word(
            place,
            &response,
            "status",
            &["in-progress", "completed", "amended", "stopped"],
        );
        self.moment(place, &response, "authored");
        self.meta(place, &response);
        if let Some(text) = response.get("text") {
            let text = self.object(place, text, &["status", "div"]);
            self.word(place, &text, "status", &["generated", "additional"]);
            let div = text.get("div").and_then(Value::as_str).unwrap_or_default();
            if !div.starts_with("<div xmlns=\"http://www.w3.org/1999/xhtml\">") || !div.ends_with("</div>") {
                self.wrong(place, "the narrative is no XHTML div");
            }
        }
        let subject = response.get("subject").cloned().unwrap_or_default();
        let subject = self.object(place, &subject, &["identifier", "display?"]);
        let identifier = subject.get("identifier").cloned().unwrap_or_default();
        self.object(place, &identifier, &["system", "value"]);
        let canonical = self.address(place, &response, "questionnaire");
        let asked = self.asked.iter().find(|(known, _)| *known == canonical);
        let Some(questions) = asked.map(|(_, questions)| questions.clone()) else {
            return self.wrong(place, &format!("answers {canonical}, which is not in the Bundle"));
        };
        for item in response.get("item").and_then(Value::as_array).into_iter().flatten() {
            let item = self.object(place, item, &["linkId", "text", "answer"]);
            let key = item.get("linkId").and_then(Value::as_str).unwrap_or_default();
            let kind = questions
                .iter()
                .find(|(known, _)| known == key)
                .map(|(_, kind)| kind.as_str());
            for answer in item.get("answer").and_then(Value::as_array).into_iter().flatten() {
                let fits = match kind {
                    Some("text") => {
                        answer.as_object().is_some_and(|o| o.len() == 1) && answer["valueString"].is_string()
                    }
                    Some("integer") => {
                        answer.as_object().is_some_and(|o| o.len() == 1) && answer["valueInteger"].is_i64()
                    }
                    _ => false,
                };
                if !fits {
                    self.wrong(place, &format!("{key} has an answer that its question does not take"));
                }
            }
        }
    }
}

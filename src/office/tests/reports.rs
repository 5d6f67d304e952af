//! What a report counts.

use super::*;

#[tokio::test]
async fn a_report_counts_what_was_met_and_what_was_late() {
    let (_folder, office) = office().await;
    let attack = "<script>alert(1)</script>";
    let mut numbers = Vec::new();
    for sets in [PREMIUM, PREMIUM, &PREMIUM[..1]] {
        let number = called(&office, sets).await.number();
        let amend = |case: &mut Case| {
            case.amend(TEN, &sato(), &[("customer", Some(attack)), ("product", Some("calling"))])
        };
        office.act(number, None, TEN, amend).await.expect("amended");
        numbers.push(number);
    }
    called(&office, PREMIUM).await;
    for (number, minute) in numbers.iter().zip([10, 50]) {
        let reply = |case: &mut Case| case.reply(minutes(minute), sato(), "looked into");
        office.act(*number, None, minutes(minute), reply).await.expect("told");
    }
    let about =
        |customer: Option<&str>| About::new(customer.map(str::to_string), TEN..minutes(1)).expect("a time");
    let report = office.report(&about(Some(attack)), minutes(60)).await.expect("a report");
    let all = &report.all;
    assert_eq!((all.cases, all.met, all.breached, all.undecided), (3, 1, 1, 1));
    assert_eq!((all.answered_after_median, all.answered_after_p90), (Some(600), Some(3_000)));
    assert_eq!(report.before.cases, 0);
    let s3 = report.severities.iter().find(|line| line.name == "S3").expect("S3");
    assert_eq!((s3.cases, s3.met, s3.breached), (2, 1, 1));
    assert_eq!(
        report.months.iter().map(|m| (m.name.as_str(), m.cases)).collect::<Vec<_>>(),
        [("2026-02", 3)]
    );
    for language in crate::base::Language::ALL {
        let page = report.to_html(language);
        assert!(!page.contains("<script>") && page.contains("&lt;script&gt;"), "{page}");
        assert!(page.contains("<rect class=\"breached\""), "{page}");
    }
    let csv = report.to_csv();
    assert!(csv.contains("\r\nseverity,S3,2,1,1,0,0,600,3000\r\n"), "{csv}");
    assert_eq!(office.report(&about(None), minutes(60)).await.expect("a report").all.cases, 4);
}

/// A stranger may write any company's name into the form: its review tells those cases apart.
#[tokio::test]
async fn who_only_says_to_be_a_customer_is_counted_apart_in_its_review() {
    let (_folder, office) = office().await;
    let company = ("customer", Some("Acme"));
    let mut known = None;
    for _ in 0..3 {
        let answers = [("desk", Some("japan")), ("severity", Some("S3")), company];
        let open = |number| opening(number, Channel::Web);
        let case = office.open(open, TEN, &answers, &Found::default()).await.expect("a case");
        known = Some(case.number());
    }
    let known = known.expect("a case");
    let amend = |case: &mut Case| case.amend(TEN, &sato(), &[("customer", Some("Acme Ltd"))]);
    office.act(known, None, TEN, amend).await.expect("amended");
    let amend = |case: &mut Case| case.amend(TEN, &sato(), &[company]);
    office.act(known, None, TEN, amend).await.expect("amended");
    // 2026-02-01 to 2026-02-28 in Japan.
    let moment = |text: &str| crate::base::Moment::parse(text).expect("a moment").at();
    let opened = moment("2026-01-31T15:00:00Z")..moment("2026-02-28T15:00:00Z");
    let about =
        |customer: Option<&str>, opened| About::new(customer.map(str::to_string), opened).expect("a time");
    let report = office.report(&about(Some("Acme"), opened.clone()), minutes(60)).await.expect("a report");
    let unverified = report.unverified.as_ref().expect("a line");
    assert_eq!((report.all.cases, unverified.cases, report.months[0].cases), (1, 2, 1));
    let csv = report.to_csv();
    assert!(csv.contains("\r\nall,all,1,") && csv.contains("\r\nunverified,unverified,2,"), "{csv}");
    let page = report.to_html(crate::base::Language::Ja);
    for said in
        ["2026年2月1日 – 2026年2月28日", "<td>契約未確認</td><td>2</td>", "<th>未判定</th>", "灰: 未判定"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(page.contains("<td>未確定</td>"), "a severity that is not known: {page}");
    let page = report.to_html(crate::base::Language::En);
    assert!(page.contains("1 February 2026 – 28 February 2026"), "{page}");
    let part = about(Some("Acme"), TEN..minutes(1));
    let page = office.report(&part, minutes(60)).await.expect("a report").to_html(crate::base::Language::Ja);
    assert!(page.contains(":00 – 2026年2月"), "a part of a day has its times: {page}");
    let everybody = office.report(&about(None, opened), minutes(60)).await.expect("a report");
    assert_eq!((everybody.all.cases, everybody.unverified), (3, None));
}

//! What measures come to, for the topics of the report.

use crate::schema::row::tables;

tables! {
    table metric_values as MetricValuesRow: "one value of a measure, and one row without a value for each that is not determined", unit "value of a measure", Reported {
        metric_id: text, "measure";
        title: text, "its title";
        pillar: text, "pillar";
        unit: text, "percent, currency, count, ...";
        is_opportunity: bool, "money that could be saved";
        procedure: text, "how it is computed";
        is_determined: bool, "there is a value";
        currency: text, "currency, where values are money or by currency";
        value: double, "the value, percent as 38.1; not for sums of money";
        amount: decimal, "the value where it is money";
        amount_per_month: decimal, "amount divided by the months of the period with charges in the currency";
        part: text, "numerator, where it was divided";
        whole: text, "denominator";
        limits: text, "what keeps it from resting on everything; NULL where nothing does";
    }
    table metric_breakdowns as MetricBreakdownsRow: "one row of the breakdown of a measure, the first twelve of each", unit "part of a measure", Reported {
        metric_id: text, "measure";
        position: int, "0-based place";
        label: text, "what the part is";
        currency: text, "currency, where there is one";
        value: double, "its value";
    }
    table findings as FindingsRow: "one finding of a report", unit "finding", Reported {
        finding_id: text, "id, the same in every run over the same cause";
        position: int, "place in the order of severity, from 0; risks that management accepts last";
        number: text, "number in the report, such as F-01";
        status: text, "open or risk accepted";
        title: text, "the deviation";
        family: text, "family of controls, or the one control's id";
        severity: text, "critical, high, medium, low, informational";
        severity_basis: text, "the control that set the severity";
        effort: text, "low, medium, high";
        is_quick_win: bool, "little effort against a high severity";
        accounts: text, "account ids, a JSON list";
        regions: text, "Regions, a JSON list";
        resources: text, "resources by name";
        events: text, "names of the events";
        actors: text, "who acted";
        incidents: text, "numbers of the incidents it is part of";
        owner: text, "owners by tag or engagement";
        first_time: time, "first event";
        last_time: time, "last event";
        exceptions: int, "exceptions in it, accepted ones included";
        accepted: int, "of these, covered by a risk acceptance";
        effect: text, "potential effect";
        response: text, "management response as typed";
        response_owner: text, "who answers for the remediation";
        due_date: text, "date agreed, as typed";
        remediation_status: text, "state of the remediation, as typed";
        comment: text, "comment as typed";
    }
    table finding_accounts as FindingAccountsRow: "one account that a finding touches", unit "account of a finding", Reported {
        finding_id: text, "the finding";
        account_id: text, "the account";
    }
    table risk_acceptances as RiskAcceptancesRow: "one risk acceptance of the engagement", unit "risk acceptance", Reported {
        position: int, "place, from 0";
        control_id: text, "the control";
        is_known: bool, "there is such a control";
        resource: text, "the resources it is about, as stated; NULL for all of the control";
        reason: text, "why the risk is accepted";
        owner: text, "who owns the risk";
        approver: text, "who approved it";
        expiry: text, "last day it holds, as stated; NULL for none";
        is_expired: bool, "it does not hold any more at the as-of date";
        exceptions: int, "exceptions of the control that it matches";
    }
    table exceptions as ExceptionsRow: "one exception of a report", unit "exception", Reported {
        finding_id: text, "the finding it is part of";
        control_id: text, "the control that notes it";
        severity: text, "severity of that control";
        account_id: text, "account";
        region: text, "Region";
        kind: text, "resource type, or event name";
        resource_id: text, "resource id, or event id";
        resource_name: text, "name";
        arn: text, "ARN";
        event_time: time, "time of the event";
        principal: text, "who made the call";
        person: text, "who stands behind the principal";
        reason: text, "the exception in a sentence";
        is_accepted: bool, "a risk acceptance covers it";
        evidence_row: text, "FILE:RECORD, as the command evidence takes it";
    }
}

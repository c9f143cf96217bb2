//! What measures come to, for the topics of the report.

use crate::schema::row::tables;

tables! {
    table metric_values as MetricValuesRow: "one value of a measure, and one row without a value for each that is not determined; filled when a report is made", unit "value of a measure", Derived {
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
    table metric_breakdowns as MetricBreakdownsRow: "one row of the breakdown of a measure, the first twelve of each; filled when a report is made", unit "part of a measure", Derived {
        metric_id: text, "measure";
        position: int, "0-based place";
        label: text, "what the part is";
        currency: text, "currency, where there is one";
        value: double, "its value";
    }
}

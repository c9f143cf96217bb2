//! Tables about cost data that are made from the manifest and from other tables, and those that results make.

/// Name, doc and columns of each table.
pub(super) const TABLES: &[(&str, &str, &str)] = &[
    (
        "cost_control_totals",
        "one file, month, payer and currency of the charges read",
        "\
file_id text: file
billing_source text: report or export the file belongs to
format text: what it is
billing_month text: month such as 2024-05
assembly text: delivery of the month
counted bool: the file's rows are in costs
set_apart text: why they are not
billing_account_id text: payer
currency text: currency
lines int: lines understood
cost_rows int: rows made of them
amount decimal: sum of the file's own cost column
uncancelled decimal: savings plan usage against its counter entries
billed decimal: BilledCost of the rows
effective decimal: EffectiveCost of the rows",
    ),
    (
        "cost_reconciliation",
        "one source, month and currency: lines read against the rows kept, which are read back; all months delivered",
        "\
billing_source text: report or export
format text: what it is
billing_month text: month such as 2024-05; NULL when not stated
currency text: currency; NULL when not stated
first_charge date: first day of the charges of its files that count
last_charge date: the last one
lines int: lines whose rows count
amount decimal: sum of the files' own cost column over these lines
uncancelled decimal: savings plan usage against its counter entries
kept_rows int: rows of table costs
kept_billed decimal: BilledCost of these rows
kept_effective decimal: EffectiveCost of these rows
difference decimal: kept_billed less amount without uncancelled
agrees bool: no difference, and number of rows, billed and effective cost are those that reading gave
apart_lines int: lines of deliveries that are left out
apart_amount decimal: sum over these lines",
    ),
    (
        "cost_deliveries",
        "one thing to know of the deliveries of a source and month of charges",
        "\
kind text: missing (files that a manifest names), superseded, set_apart, not_final (a file without invoices), remark or copy
billing_source text: report or export
format text: what it is
billing_month text: month such as 2024-05
delivery text: the delivery that is left out; NULL where deliveries have no name
counted_delivery text: the one that counts
path text: the files missing, the file left out, or the copy
other_path text: the file that counts in its place
files int: files concerned
lines int: lines left out
note text: remark",
    ),
    (
        "cost_overlaps",
        "files that state the same charges where nothing says which is current: none of them counts",
        "\
months text: their months, separated by commas; NULL when not stated
files int: files
paths text: their paths, separated by commas",
    ),
    (
        "cost_rejections",
        "rejected lines of one source and currency",
        "\
billing_source text: report or export
currency text: currency; NULL for lines whose amount cannot be read
lines int: lines whose amount can be read
amount decimal: their sum
unread_lines int: lines whose amount cannot be read",
    ),
    (
        "cost_comparisons",
        "one monthly total that somebody else states, against the charges read; all months delivered",
        "\
origin text: Cost Explorer, the list of invoices, or the engagement
metric text: metric of Cost Explorer; NULL when not named, and for invoices
invoices int: number of invoices; NULL for Cost Explorer
billing_month text: month such as 2024-05
currency text: currency as charges write it
unit text: currency as stated
amount decimal: as stated
is_whole bool: the days stated make up the month
is_estimated bool: Cost Explorer calls it estimated
charges decimal: the charges read: effective cost for AmortizedCost, else unblended or billed cost
difference decimal: charges less amount, where comparable
agreement text: exact, to_the_cent, differs, no_charges (of the month and currency) or not_compared",
    ),
    (
        "metric_values",
        "one value of a measure, and one row without a value for each that is not determined; filled when a report is made",
        "\
metric_id text: measure
title text: its title
pillar text: pillar
unit text: percent, currency, count, ...
is_opportunity bool: money that could be saved
procedure text: how it is computed
is_determined bool: there is a value
currency text: currency, where values are money or by currency
value double: the value, percent as 38.1; not for sums of money
amount decimal: the value where it is money
amount_per_month decimal: amount divided by the months of the period with charges in the currency
part text: numerator, where it was divided
whole text: denominator
limits text: what keeps it from resting on everything; NULL where nothing does",
    ),
    (
        "metric_breakdowns",
        "one row of the breakdown of a measure, the first twelve of each; filled when a report is made",
        "\
metric_id text: measure
position int: 0-based place
label text: what the part is
currency text: currency, where there is one
value double: its value",
    ),
];

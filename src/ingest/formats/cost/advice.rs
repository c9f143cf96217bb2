//! What AWS's own tools advise to save: exports of Cost Optimization Hub and Compute Optimizer, in table
//! `cost_recommendations`, one row for each option of each resource.
//!
//! Columns of the Hub are those of the Data Exports table `COST_OPTIMIZATION_RECOMMENDATIONS`. Compute Optimizer numbers
//! its options in the column names (`recommendationOptions_1_instanceType`); which columns there are depends on the
//! resource and on what was chosen at export, so all but the account may be missing.

use super::RowReader;
use super::header::{Col, Fields, Header, columns, fold};
use crate::base::{decimal, time};
use crate::ingest::batch::Output;
use crate::ingest::remark::Remark;
use crate::schema::tables::CostRecommendationsRow;

columns! {
    /// Columns of a Cost Optimization Hub export.
    HubColumns {
        id: "recommendation_id",
        account: "account_id",
        region: "region",
        arn: "resource_arn",
        resource: "resource_id",
        kind: "current_resource_type",
        action: "action_type",
        current: "current_resource_summary",
        recommended: "recommended_resource_summary",
        savings_after: "estimated_monthly_savings_after_discount",
        savings_before: "estimated_monthly_savings_before_discount",
        share_after: "estimated_savings_percentage_after_discount",
        share_before: "estimated_savings_percentage_before_discount",
        cost_after: "estimated_monthly_cost_after_discount",
        cost_before: "estimated_monthly_cost_before_discount",
        currency: "currency_code",
        effort: "implementation_effort",
        restart: "restart_needed",
        rollback: "rollback_possible",
        lookback: "recommendation_lookback_period_in_days",
        refreshed: "last_refresh_timestamp",
    }
}

columns! {
    /// Columns of a Compute Optimizer export that have no number.
    OptimizerColumns {
        account: "accountId",
        instance: "instanceArn",
        group: "autoScalingGroupArn",
        volume: "volumeArn",
        function: "functionArn",
        service: "serviceArn",
        other: "resourceArn",
        resource_id: "resourceId",
        name: "instanceName" | "autoScalingGroupName",
        kind: "resourceType",
        finding: "finding" | "instanceFinding",
        storage_finding: "storageFinding",
        instance_type: "currentInstanceType" | "currentConfiguration_instanceType" | "currentDBInstanceClass",
        volume_type: "currentConfiguration_volumeType" | "currentStorageConfiguration_storageType",
        volume_size: "currentConfiguration_volumeSize" | "currentStorageConfiguration_allocatedStorage",
        memory: "currentConfiguration_memorySize" | "currentServiceConfiguration_memory",
        cpu: "currentServiceConfiguration_cpu",
        license: "currentLicenseConfiguration_licenseEdition",
        price: "current_monthlyPrice",
        risk: "currentPerformanceRisk",
        lookback: "lookbackPeriodInDays",
        refreshed: "lastRefreshTimestamp_UTC" | "lastRefreshTimestamp",
        error_code: "errorCode",
        error_message: "errorMessage",
        savings: "estimatedMonthlySavings_value" | "savingsOpportunity_estimatedMonthlySavings_value",
        savings_currency: "estimatedMonthlySavings_currency" | "savingsOpportunity_estimatedMonthlySavings_currency",
        count: "recommendations_count",
    }
}

/// The columns of one numbered option.
#[derive(Debug, Clone)]
struct OptionColumns {
    rank: i64,
    /// What is recommended, in the order it is printed.
    what: Vec<Col>,
    savings: Col,
    savings_after: Col,
    currency: Col,
    share: Col,
    risk: Col,
    effort: Col,
}

/// Whether these are the columns of a Cost Optimization Hub export.
pub(super) fn is_hub(header: &Header) -> bool {
    let c = HubColumns::of(header);
    c.action.is_present() && (c.savings_after.is_present() || c.savings_before.is_present()) && c.account.is_present()
}

/// Whether these are the columns of a Compute Optimizer export.
pub(super) fn is_optimizer(header: &Header) -> bool {
    let c = OptimizerColumns::of(header);
    let resource = [c.instance, c.group, c.volume, c.function, c.service, c.other].iter().any(|col| col.is_present());
    resource && (c.finding.is_present() || c.storage_finding.is_present()) && (c.count.is_present() || !options(header, "").is_empty())
}

/// Options with numbers from 1 on; `set` is what stands before `recommendationOptions`.
fn options(header: &Header, set: &str) -> Vec<OptionColumns> {
    /// AWS lists three options; more would have to be invented first.
    const MOST: i64 = 10;
    let mut found = Vec::new();
    for rank in 1..=MOST {
        let prefix = if set.is_empty() { format!("recommendationOptions_{rank}_") } else { format!("{set}RecommendationOptions_{rank}_") };
        if !header.names().iter().any(|name| fold(name).starts_with(&fold(&prefix))) {
            break;
        }
        let col = |names: &[&str]| {
            let full: Vec<String> = names.iter().map(|name| format!("{prefix}{name}")).collect();
            header.find(&full.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let what = [
            &["instanceType", "configuration_instanceType", "dbInstanceClass"][..],
            &["configuration_volumeType", "storageConfiguration_storageType"],
            &["configuration_volumeSize", "storageConfiguration_allocatedStorage"],
            &["cpu"],
            &["configuration_memorySize", "memory"],
            &["licenseEdition"],
        ];
        found.push(OptionColumns {
            rank,
            what: what.iter().map(|names| col(names)).filter(|col| col.is_present()).collect(),
            savings: col(&["estimatedMonthlySavings_value"]),
            savings_after: col(&["estimatedMonthlySavingsAfterDiscounts_value", "estimatedMonthlySavings_value_after_discounts"]),
            currency: col(&["estimatedMonthlySavings_currency"]),
            share: col(&["savingsOpportunityPercentage", "savingsOpportunity_percentage"]),
            risk: col(&["performanceRisk"]),
            effort: col(&["migrationEffort"]),
        });
    }
    found
}

#[derive(Debug)]
enum Layout {
    Hub(HubColumns),
    Optimizer(OptimizerColumns, Vec<(&'static str, Vec<OptionColumns>)>),
}

/// Reads the rows of either export.
#[derive(Debug)]
pub(super) struct AdviceReader {
    header: Header,
    layout: Layout,
    odd_times: u64,
}

/// One row of `cost_recommendations`.
#[derive(Debug, Default)]
pub(super) struct Advice<'a> {
    pub(super) origin: &'static str,
    pub(super) id: Option<&'a str>,
    pub(super) account: Option<&'a str>,
    pub(super) region: Option<&'a str>,
    pub(super) arn: Option<&'a str>,
    pub(super) resource: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    pub(super) kind: Option<&'a str>,
    pub(super) finding: Option<&'a str>,
    pub(super) action: Option<&'a str>,
    pub(super) rank: Option<i64>,
    pub(super) current: Option<&'a str>,
    pub(super) recommended: Option<&'a str>,
    pub(super) savings: Option<i128>,
    pub(super) basis: Option<&'a str>,
    pub(super) share: Option<i128>,
    pub(super) cost: Option<i128>,
    pub(super) currency: Option<&'a str>,
    pub(super) effort: Option<&'a str>,
    pub(super) risk: Option<&'a str>,
    pub(super) restart: Option<bool>,
    pub(super) rollback: Option<bool>,
    pub(super) lookback: Option<i64>,
    pub(super) refreshed: Option<i64>,
    pub(super) trouble: Option<&'a str>,
}

impl Advice<'_> {
    /// Adds the row.
    pub(super) fn push(&self, record: u64, out: &mut Output<'_>) {
        // An ARN names Region and id where the export has no column for them.
        let part = |at: usize| self.arn.and_then(|arn| arn.split(':').nth(at)).filter(|text| !text.is_empty());
        let row = CostRecommendationsRow {
            origin: Some(self.origin),
            recommendation_id: self.id,
            account_id: self.account,
            region: self.region.or_else(|| part(3)),
            resource_arn: self.arn,
            resource_id: self.resource.or_else(|| self.arn.map(last_part)),
            resource_name: self.name,
            resource_type: self.kind,
            finding: self.finding,
            action: self.action,
            option_rank: self.rank,
            current_state: self.current,
            recommended_state: self.recommended,
            estimated_monthly_savings: self.savings,
            savings_basis: self.basis,
            savings_percentage: self.share,
            estimated_monthly_cost: self.cost,
            currency: self.currency,
            effort: self.effort,
            performance_risk: self.risk,
            restart_needed: self.restart,
            rollback_possible: self.rollback,
            lookback_days: self.lookback,
            refreshed_at: self.refreshed,
            trouble: self.trouble,
        };
        out.row(record, &row);
    }
}

/// `i-0a` of `arn:aws:ec2:eu-west-1:111122223333:instance/i-0a`.
fn last_part(arn: &str) -> &str {
    arn.rsplit_once('/').map_or_else(|| arn.rsplit(':').next().unwrap_or(arn), |(_, last)| last)
}

/// `true` and `false` as exports write them; anything else is not stated.
fn flag(text: Option<&str>) -> Option<bool> {
    match text?.trim() {
        t if t.eq_ignore_ascii_case("true") => Some(true),
        t if t.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Whole days; some exports write `14.0`.
fn days(text: Option<&str>) -> Option<i64> {
    i64::try_from(decimal::parse(text?).ok()?.units / decimal::ONE).ok()
}

impl AdviceReader {
    pub(super) fn new(header: &Header) -> Self {
        let layout = if is_hub(header) {
            Layout::Hub(HubColumns::of(header))
        } else {
            let sets = [("", options(header, "")), ("instance", options(header, "instance")), ("storage", options(header, "storage"))];
            Layout::Optimizer(OptimizerColumns::of(header), sets.into_iter().filter(|(_, o)| !o.is_empty()).collect())
        };
        Self { header: header.clone(), layout, odd_times: 0 }
    }

    fn hub(&self, c: &HubColumns, record: u64, row: &dyn Fields, odd: &mut u64, out: &mut Output<'_>) -> Result<(), String> {
        let h = &self.header;
        let amount = |col: Col| h.amount(col, row, &mut 0);
        let (after, before) = (amount(c.savings_after)?, amount(c.savings_before)?);
        let (share_after, share_before) = (amount(c.share_after)?, amount(c.share_before)?);
        let (cost_after, cost_before) = (amount(c.cost_after)?, amount(c.cost_before)?);
        let with_discount = after.is_some();
        let advice = Advice {
            origin: "Cost Optimization Hub",
            id: c.id.get(row),
            account: c.account.get(row),
            region: c.region.get(row),
            arn: c.arn.get(row),
            resource: c.resource.get(row),
            kind: c.kind.get(row),
            action: c.action.get(row),
            rank: Some(1),
            current: c.current.get(row),
            recommended: c.recommended.get(row),
            savings: after.or(before),
            basis: (with_discount || before.is_some()).then_some(if with_discount { "after discounts" } else { "before discounts" }),
            share: if with_discount { share_after } else { share_before },
            cost: if with_discount { cost_after } else { cost_before },
            currency: c.currency.get(row),
            effort: c.effort.get(row),
            restart: flag(c.restart.get(row)),
            rollback: flag(c.rollback.get(row)),
            lookback: days(c.lookback.get(row)),
            refreshed: when(c.refreshed.get(row), odd),
            ..Advice::default()
        };
        advice.push(record, out);
        Ok(())
    }

    fn optimizer(
        &self,
        c: &OptimizerColumns,
        sets: &[(&'static str, Vec<OptionColumns>)],
        record: u64,
        row: &dyn Fields,
        odd: &mut u64,
        out: &mut Output<'_>,
    ) -> Result<(), String> {
        let h = &self.header;
        let (arn, kind) = [
            (c.instance, "EC2 instance"),
            (c.group, "Auto Scaling group"),
            (c.volume, "EBS volume"),
            (c.function, "Lambda function"),
            (c.service, "ECS service"),
            (c.other, "resource"),
        ]
        .into_iter()
        .find_map(|(col, kind)| Some((col.get(row)?, kind)))
        .map_or((None, None), |(arn, kind)| (Some(arn), Some(kind)));
        let trouble = match (c.error_code.get(row), c.error_message.get(row)) {
            (Some(code), Some(message)) => Some(format!("{code}: {message}")),
            (code, message) => code.or(message).map(str::to_owned),
        };
        let current = |cols: &[Col]| joined(cols, row);
        let instance = current(&[c.instance_type, c.cpu, c.memory, c.license]);
        let volume = current(&[c.volume_type, c.volume_size]);
        let common = || Advice {
            origin: "Compute Optimizer",
            account: c.account.get(row),
            arn,
            resource: c.resource_id.get(row),
            name: c.name.get(row),
            kind: c.kind.get(row).or(kind),
            finding: c.finding.get(row),
            cost: None,
            risk: c.risk.get(row),
            lookback: days(c.lookback.get(row)),
            trouble: trouble.as_deref(),
            ..Advice::default()
        };
        let refreshed = when(c.refreshed.get(row), odd);
        let cost = h.amount(c.price, row, &mut 0)?;
        // All is read before anything is added: a row must be refused whole.
        let mut rows = Vec::new();
        for (set, options) in sets {
            for option in options {
                let what = joined(&option.what, row);
                let (after, before) = (h.amount(option.savings_after, row, &mut 0)?, h.amount(option.savings, row, &mut 0)?);
                if what.is_none() && after.is_none() && before.is_none() {
                    continue;
                }
                let share = h.amount(option.share, row, &mut 0)?;
                rows.push((*set, option, what, after, before, share));
            }
        }
        let of_volume = c.volume.get(row).is_some();
        let state = |set: &str| if set == "storage" || of_volume { volume.as_deref().or(instance.as_deref()) } else { instance.as_deref() };
        if rows.is_empty() {
            let savings = h.amount(c.savings, row, &mut 0)?;
            let basis = savings.map(|_| "at on-demand prices");
            Advice { current: state(""), savings, basis, currency: c.savings_currency.get(row), refreshed, cost, ..common() }
                .push(record, out);
        }
        for (set, option, what, after, before, share) in &rows {
            let basis = if after.is_some() { Some("after discounts") } else { before.map(|_| "at on-demand prices") };
            let finding = if *set == "storage" { c.storage_finding.get(row) } else { c.finding.get(row) };
            let advice = Advice {
                rank: Some(option.rank),
                finding,
                current: state(set),
                recommended: what.as_deref(),
                savings: after.or(*before),
                basis,
                share: *share,
                cost,
                currency: option.currency.get(row),
                effort: option.effort.get(row),
                risk: option.risk.get(row).or_else(|| c.risk.get(row)),
                refreshed,
                ..common()
            };
            advice.push(record, out);
        }
        Ok(())
    }
}

/// What several columns say, one after the other.
fn joined(cols: &[Col], row: &dyn Fields) -> Option<String> {
    let parts: Vec<&str> = cols.iter().filter_map(|col| col.get(row)).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// A time that matters little: exports were seen with times as spreadsheets write them.
fn when(text: Option<&str>, odd: &mut u64) -> Option<i64> {
    let read = time::parse(text?).ok();
    *odd += u64::from(read.is_none());
    read
}

impl RowReader for AdviceReader {
    fn row(&mut self, record: u64, row: &dyn Fields, out: &mut Output<'_>) -> Result<(), String> {
        let mut odd = 0;
        match &self.layout {
            Layout::Hub(c) => self.hub(c, record, row, &mut odd, out)?,
            Layout::Optimizer(c, sets) => self.optimizer(c, sets, record, row, &mut odd, out)?,
        }
        self.odd_times += odd;
        Ok(())
    }

    fn used(&self) -> Vec<usize> {
        match &self.layout {
            Layout::Hub(c) => c.used(),
            Layout::Optimizer(c, sets) => {
                let options = sets.iter().flat_map(|(_, options)| options).flat_map(|o| {
                    let mut cols = o.what.clone();
                    cols.extend([o.savings, o.savings_after, o.currency, o.share, o.risk, o.effort]);
                    cols.into_iter().filter_map(Col::index)
                });
                c.used().into_iter().chain(options).collect()
            }
        }
    }

    fn finish(self: Box<Self>, out: &mut Output<'_>) {
        if self.odd_times > 0 {
            out.note(Remark::counted(self.odd_times, "rows say in no known form when they were refreshed: refreshed_at is NULL there"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::read_table;
    use super::super::testing::{collect, real_data};

    #[test]
    fn hub_rows() {
        let text = "account_id,action_type,currency_code,current_resource_type,current_resource_summary,recommended_resource_summary,\
            estimated_monthly_savings_after_discount,estimated_monthly_savings_before_discount,recommendation_id,resource_arn,restart_needed,\
            rollback_possible,last_refresh_timestamp,recommendation_lookback_period_in_days,region\n\
            444455556666,Rightsize,USD,Ec2Instance,m5.xlarge,m5.large,61.2,70.08,r-1,arn:aws:ec2:eu-west-1:444455556666:instance/i-0a,true,\
            true,2026-06-30T00:00:00Z,14,eu-west-1\n\
            444455556666,Stop,USD,Ec2Instance,m5.xlarge,,,12,r-2,,false,,,32.0,\n\
            444455556666,Stop,USD,Ec2Instance,m5.xlarge,,much,12,r-3,,false,,,,\n";
        let read = collect(|out| read_table(&mut text.as_bytes(), out).unwrap());
        assert_eq!(read.account(), (3, 2, 1));
        let columns = ["origin", "resource_id", "action", "estimated_monthly_savings", "savings_basis", "restart_needed", "lookback_days"];
        assert_eq!(read.rows[0].pick(columns), ["Cost Optimization Hub", "i-0a", "Rightsize", "61.2", "after discounts", "true", "14"]);
        assert_eq!(read.rows[1].pick(columns), ["Cost Optimization Hub", "NULL", "Stop", "12", "before discounts", "false", "32"]);
        assert_eq!(read.rejects[0].reason, "line 4: estimated_monthly_savings_after_discount: 'much' is not a number");
    }

    #[test]
    fn real_compute_optimizer_exports() {
        let Some(root) = real_data("cost/compute-optimizer-ccf/packages/aws/src/__tests__/fixtures") else { return };
        let columns =
            ["region", "resource_id", "finding", "option_rank", "current_state", "recommended_state", "estimated_monthly_savings"];
        let text = std::fs::read(root.join("computeOptimizerEC2.csv")).unwrap();
        let read = collect(|out| read_table(&mut &text[..], out).unwrap());
        assert_eq!((read.account(), read.rows.len()), ((4, 4, 0), 12), "three options of four instances");
        let wanted = ["eu-central-1", "i-0c80d1b0f3a0c5c69", "OVER_PROVISIONED", "1", "m4.xlarge", "t3.xlarge", "33.79"];
        assert_eq!(read.rows[0].pick(columns), wanted);
        let text = std::fs::read(root.join("computeOptimizerEBS.csv")).unwrap();
        let read = collect(|out| read_table(&mut &text[..], out).unwrap());
        assert_eq!((read.account(), read.rows.len()), ((3, 3, 0), 6), "two options of three volumes");
        assert_eq!(read.rows[0].pick(columns), ["us-west-2", "vol-00e39f1234a7eadfb", "NotOptimized", "1", "gp2 80", "gp3 50", "6.2"]);
        assert_eq!(read.rows[0].pick(["estimated_monthly_cost", "performance_risk", "resource_type"]), ["8", "1.0", "EBS volume"]);
    }

    #[test]
    fn an_option_less_row_and_an_error_stay_visible() {
        let text = "accountId,functionArn,finding,recommendations_count,recommendationOptions_1_configuration_memorySize,\
            recommendationOptions_1_estimatedMonthlySavings_value,recommendationOptions_1_estimatedMonthlySavings_currency,errorCode,errorMessage\n\
            444455556666,arn:aws:lambda:eu-west-1:444455556666:function:jobs,NotOptimized,1,512,3.5,USD,,\n\
            444455556666,arn:aws:lambda:eu-west-1:444455556666:function:new,,0,,,,NoData,too little data\n";
        let read = collect(|out| read_table(&mut text.as_bytes(), out).unwrap());
        assert_eq!(read.account(), (2, 2, 0));
        let columns = ["resource_id", "option_rank", "recommended_state", "estimated_monthly_savings", "currency", "trouble"];
        assert_eq!(read.rows[0].pick(columns), ["jobs", "1", "512", "3.5", "USD", "NULL"]);
        assert_eq!(read.rows[1].pick(columns), ["new", "NULL", "NULL", "NULL", "NULL", "NoData: too little data"]);
    }
}

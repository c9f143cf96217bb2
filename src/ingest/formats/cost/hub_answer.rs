//! `cost-optimization-hub list-recommendations`: the answer of the CLI, to the same table as the export.

use serde_json::Value;

use super::CostError;
use super::advice::Advice;
use crate::base::{decimal, time};
use crate::ingest::batch::Output;
use crate::ingest::reading::pages;

/// Reads every recommendation of an answer, or of several glued together.
///
/// # Errors
/// When the text is not whole JSON or holds no list of recommendations: what came before stays in `out`.
pub fn read_hub_answer(text: &[u8], out: &mut Output<'_>) -> Result<(), CostError> {
    let mut record = 0;
    let mut found = false;
    for document in serde_json::Deserializer::from_slice(text).into_iter::<Value>() {
        let document = document.map_err(|e| CostError::Json(e.to_string()))?;
        let Some(items) = document.get("items").and_then(Value::as_array) else { continue };
        found = true;
        if ["nextToken", "NextToken"].iter().any(|t| document.get(*t).and_then(Value::as_str).is_some_and(|t| !t.is_empty())) {
            out.note(pages::incomplete("nextToken"));
        }
        for item in items {
            out.read(1);
            match read(item) {
                Ok(advice) => {
                    advice.push(record, out);
                    out.kept(1);
                }
                Err(reason) => out.reject(record, None, reason),
            }
            record += 1;
        }
    }
    if found { Ok(()) } else { Err(CostError::Unknown) }
}

fn read(item: &Value) -> Result<Advice<'_>, String> {
    if !item.is_object() {
        return Err("the recommendation is not an object".to_owned());
    }
    let text = |key: &str| item.get(key).and_then(Value::as_str).filter(|t| !t.is_empty());
    // Amounts come as JSON numbers: their text as written is the exact decimal.
    let amount = |key: &str| match item.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            decimal::parse(&text).map(|p| Some(p.units)).map_err(|e| format!("{key}: {e}"))
        }
    };
    let savings = amount("estimatedMonthlySavings")?;
    Ok(Advice {
        origin: "Cost Optimization Hub",
        id: text("recommendationId"),
        account: text("accountId"),
        region: text("region"),
        arn: text("resourceArn"),
        resource: text("resourceId"),
        kind: text("currentResourceType"),
        action: text("actionType"),
        rank: Some(1),
        current: text("currentResourceSummary"),
        recommended: text("recommendedResourceSummary"),
        savings,
        // Which of the two the client asked for is not in the answer.
        basis: savings.map(|_| "discounts not stated"),
        share: amount("estimatedSavingsPercentage")?,
        cost: amount("estimatedMonthlyCost")?,
        currency: text("currencyCode"),
        effort: text("implementationEffort"),
        restart: item.get("restartNeeded").and_then(Value::as_bool),
        rollback: item.get("rollbackPossible").and_then(Value::as_bool),
        lookback: item.get("recommendationLookbackPeriodInDays").and_then(Value::as_i64),
        refreshed: item.get("lastRefreshTimestamp").and_then(|v| time::parse_json(v).ok()),
        ..Advice::default()
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::collect;
    use super::*;

    #[test]
    fn an_answer_of_the_hub() {
        let text = r#"{"items":[{"recommendationId":"r-1","accountId":"444455556666","region":"eu-west-1","resourceId":"i-0a",
            "resourceArn":"arn:aws:ec2:eu-west-1:444455556666:instance/i-0a","currentResourceType":"Ec2Instance","estimatedMonthlySavings":61.2,
            "estimatedSavingsPercentage":50,"estimatedMonthlyCost":122.4,"currencyCode":"USD","implementationEffort":"Low","restartNeeded":true,
            "actionType":"Rightsize","rollbackPossible":true,"lastRefreshTimestamp":"2026-06-30T02:00:00+02:00","recommendationLookbackPeriodInDays":14},7],
            "nextToken":"more"}"#;
        let read = collect(|out| read_hub_answer(text.as_bytes(), out).unwrap());
        assert_eq!(read.account(), (2, 1, 1));
        let columns = ["recommendation_id", "estimated_monthly_savings", "savings_percentage", "effort", "refreshed_at", "lookback_days"];
        assert_eq!(read.rows[0].pick(columns), ["r-1", "61.2", "50", "Low", "2026-06-30T00:00:00Z", "14"]);
        assert_eq!(read.notes, [pages::incomplete("nextToken").to_string()]);
    }
}

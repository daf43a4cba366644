-- What is owed to whom, and for how long it has been due: open bills by vendor and days past the due date.
-- $as_of is the day that the ages are counted from.
WITH open_bills AS (
    SELECT
        vendors.name AS vendor,
        bills.due_amount AS due,
        date_diff('day', bills.due_date, $as_of::DATE) AS days_late
    FROM tap_bill.bills
    JOIN tap_bill.vendors ON vendors.id = bills.vendor_id AND vendors.organization_id = bills.organization_id
    WHERE NOT bills.is_deleted
      AND bills.payment_status <> '0'
      AND bills.invoice_date <= $as_of::DATE
)
SELECT
    vendor,
    count(*) AS bills,
    sum(due) FILTER (WHERE days_late <= 0) AS not_due,
    sum(due) FILTER (WHERE days_late BETWEEN 1 AND 30) AS days_1_30,
    sum(due) FILTER (WHERE days_late BETWEEN 31 AND 60) AS days_31_60,
    sum(due) FILTER (WHERE days_late > 60) AS over_60,
    sum(due) AS total
FROM open_bills
GROUP BY vendor
ORDER BY total DESC, vendor;

-- Credit memos that BILL tells no amount of: the ageing of customers does not net them.
{{ config(severity="warn") }}
select organization_id, id from {{ ref('stg_bill__credit_memos') }} where amount is null and not is_deleted

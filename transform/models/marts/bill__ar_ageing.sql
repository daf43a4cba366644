{{ bill.ageing('customer', 'invoice', 'credit_memo') }}

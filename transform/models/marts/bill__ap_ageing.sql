{{ bill.ageing('vendor', 'bill', 'vendor_credit') }}

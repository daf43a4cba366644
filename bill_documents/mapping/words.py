"""The words of headers: what programs and people of five languages call a column, and how headers are compared.

A table, to be added to. A role is what a column says, on whatever level of a document that stands; `guess` knows which
field it feeds. Some roles feed nothing: they are there so that no other one takes their column.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from bill_values.found_notation import CODES
from bill_values.spelling import without_accents

if TYPE_CHECKING:
    from collections.abc import Mapping


def _parts_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PARTS = re.compile(r"[^\W_]+|#")


class TextKind(StrEnum):
    """Kinds of texts that a column of a role holds."""

    TEXT = "text"
    DAY = "day"
    NUMBER = "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Something that a column may say.

    Attributes:
        kind: What its texts are.
        words: By language or program, parted by `;`, the likelier ones first. A header that has one of them among
            others is similar to it.
        loose: Words that mean it only if they are the whole header, and another role's word does not fit.
        never: Parts of a header that is only similar which say that it is about something else.
    """

    kind: TextKind = TextKind.TEXT
    words: Mapping[str, str] = field(hash=False)
    loose: str = ""
    never: frozenset[str] = field(default_factory=frozenset)


_OF_A_PARTY = _parts_of(
    "id no nr num number code ref reference address street city town zip postal state country region "
    "phone tel fax "
    "email mail contact account vat tax type group category class invoice bill terms currency date amount "
    "balance name2 uri url "
    "iban bic bank nummer rating status non numero nif cif siret adres adresse"
)
_OF_A_NUMBER = _parts_of(
    "date amount total value type status line lines due paid currency currencies discount tax vat id seq "
    "datum betrag "
    "fecha montant count qty quantity"
)
_OF_MONEY = _parts_of(
    "tax vat paid payment balance due discount currency rate type status no number count percent foreign "
    "original "
    "budget fee fees open outstanding remaining days mwst ust tva iva btw date code exchange description"
)

ROLES: Mapping[str, Role] = MappingProxyType(
    {
        "vendor": Role(
            words={
                "English": (
                    "vendor name; supplier name; vendor; supplier; payee name; payee; beneficiary name; "
                    "beneficiary; creditor; seller name; seller; merchant; pay to"
                ),
                "QuickBooks": "vendor display name; source name",
                "Sage": "supplier account name; vendor id name",
                "Odoo": "vendor display name; partner vendor",
                "bank": "counterparty name; counterparty; payee payer; merchant name",
                "German": (
                    "Lieferant; Lieferantenname; Kreditor; Kreditorname; Zahlungsempfänger; Empfänger; "
                    "Begünstigter; Rechnungssteller; Auftraggeber Empfänger"
                ),
                "French": "fournisseur; nom du fournisseur; nom fournisseur; bénéficiaire; tiers",
                "Spanish": "proveedor; nombre del proveedor; nombre proveedor; beneficiario; acreedor",
                "Dutch": (
                    "leverancier; leveranciersnaam; naam leverancier; crediteur; naam crediteur; begunstigde; naam "
                    "tegenpartij; tegenpartij; handelaar"
                ),
            },
            never=_OF_A_PARTY,
        ),
        "customer": Role(
            words={
                "English": (
                    "customer name; client name; customer; client; debtor; buyer name; buyer; bill to; billed to"
                ),
                "QuickBooks": "customer full name; customer display name; customer job",
                "Sage": "customer account name",
                "German": "Kunde; Kundenname; Debitor; Debitorname; Rechnungsempfänger",
                "French": "nom du client; nom client",
                "Spanish": "cliente; nombre del cliente; nombre cliente; deudor",
                "Dutch": "klant; klantnaam; naam klant; debiteur; naam debiteur; afnemer",
            },
            loose="customer id; client id; kundennummer",
            never=_OF_A_PARTY,
        ),
        "party": Role(
            words={
                "Xero": "contact name",
                "ERPNext": "party name",
                "Odoo": "partner id name; partner id; partner; invoice partner display name; partner name",
                "German": "Geschäftspartner",
                "French": "raison sociale",
                "Spanish": "razón social",
            },
            loose=("name; company; company name; contact; party; nom; nombre; naam; firma; omschrijving tegenpartij"),
            never=_OF_A_PARTY,
        ),
        "number": Role(
            words={
                "English": (
                    "invoice number; invoice no; invoice num; invoice #; bill number; bill no; bill #; invoice id; "
                    "inv no; inv number; inv #; inv id; document number; document no; doc no; credit number; credit "
                    "note number; credit note no; credit memo no; invoice ref; invoice reference; voucher no; "
                    "voucher number"
                ),
                "QuickBooks": "doc num; ref number; bill no; num",
                "Sage": "invoice cm #; transaction reference; invoice ref no",
                "ERPNext": "supplier invoice no; bill no",
                "Odoo": "invoice name; move name; bill reference; payment reference",
                "German": (
                    "Rechnungsnummer; Rechnungsnr; Rechnungs Nr; Rechnung Nr; Re Nr; Belegnummer; Belegnr; Beleg "
                    "Nr; Belegfeld 1; Rg Nr"
                ),
                "French": (
                    "numéro de facture; n° facture; no facture; numéro facture; n° de facture; nº facture; num "
                    "facture; référence facture; numéro de pièce; n° pièce"
                ),
                "Spanish": (
                    "número de factura; nº factura; no factura; num factura; n° factura; número factura; n factura; "
                    "número de documento"
                ),
                "Dutch": "factuurnummer; factuurnr; factuur nr; factuur nummer; boekstuknummer; documentnummer",
            },
            loose=(
                "invoice; bill; number; no; #; reference; ref; ref no; reference number; transaction number; "
                "transaction no; trans no; internal ref; document; voucher; rechnung; beleg; facture; factura; "
                "factuur; número; numéro; nummer; referenz; référence; referencia; referentie"
            ),
            never=_OF_A_NUMBER,
        ),
        "date": Role(
            kind=TextKind.DAY,
            words={
                "English": (
                    "invoice date; bill date; inv date; document date; doc date; date of invoice; credit date; "
                    "credit note date; issue date; issued on; date issued; voucher date"
                ),
                "QuickBooks": "txn date",
                "Sage": "invoice cm date",
                "Odoo": "bill invoice date; invoice bill date",
                "German": "Rechnungsdatum; Belegdatum; Datum der Rechnung; Rg Datum",
                "French": "date de facture; date facture; date de la facture; date d'émission; date de pièce",
                "Spanish": "fecha de factura; fecha factura; fecha de emisión; fecha emisión; fecha del documento",
                "Dutch": "factuurdatum; datum factuur; documentdatum",
            },
            loose=(
                "date; posting date; transaction date; payment date; paid date; date paid; date of payment; "
                "value date; effective date; clearing date; gl date; invoice gl date; invoice payment date; "
                "datum; buchungstag; buchungsdatum; wertstellung; valutadatum; fecha; fecha valor; date valeur; "
                "date comptable; boekdatum; transactiedatum; datum verrichting; created; created date; "
                "completed date"
            ),
            never=_parts_of("due paid payment posting clearing received period"),
        ),
        "due": Role(
            kind=TextKind.DAY,
            words={
                "English": (
                    "due date; date due; payment due date; payable by; due on; pay by; payment due; invoice due date"
                ),
                "Odoo": "invoice date due; date maturity",
                "German": "Fälligkeit; Fälligkeitsdatum; fällig am; Zahlungsziel; Zahlbar bis",
                "French": "date d'échéance; échéance; date échéance",
                "Spanish": "fecha de vencimiento; vencimiento; fecha vencimiento",
                "Dutch": "vervaldatum; vervaldag; betaaldatum uiterlijk; uiterste betaaldatum",
            },
            loose="due; fällig; maturity",
        ),
        "order": Role(
            words={
                "English": (
                    "po number; po no; po #; purchase order; purchase order number; purchase order no; order "
                    "number; order no; customer po; your order"
                ),
                "German": "Bestellnummer; Bestellnr; Bestellung; Auftragsnummer",
                "French": "bon de commande; numéro de commande; n° commande",
                "Spanish": "orden de compra; pedido; número de pedido",
                "Dutch": "bestelnummer; inkooporder; ordernummer",
            },
            loose="po; order",
            never=_OF_A_NUMBER,
        ),
        "memo": Role(
            words={
                "English": "memo; bill memo; private note; customer memo; internal note; remarks; comments",
                "Odoo": "narration; terms and conditions",
                "German": "Bemerkung; Notiz; Kommentar; Anmerkung",
                "French": "remarque; commentaire",
                "Spanish": "observaciones; comentario; notas",
                "Dutch": "opmerking; notitie",
            },
            loose="note; notes; comment",
        ),
        "amount": Role(
            kind=TextKind.NUMBER,
            words={
                "English": (
                    "line amount; net amount; amount; line total; invoice line value; item amount; split amount; "
                    "net value; spend; expense amount; net invoice line amount; amount net; invoice line value net "
                    "of vat"
                ),
                "QuickBooks": "expense line amount; line item amount; product service amount",
                "Xero": "line amount",
                "ERPNext": "items amount; amount in account currency",
                "Odoo": "price subtotal; invoice line ids price subtotal; amount untaxed; untaxed amount",
                "bank": "transaction amount; amount in account currency",
                "German": (
                    "Nettobetrag; Netto; Betrag; Betrag netto; Positionsbetrag; Umsatz; Umsatz in; Buchungsbetrag"
                ),
                "French": "montant HT; montant; total HT; montant hors taxe; montant net",
                "Spanish": "importe neto; importe; monto; base imponible; monto neto",
                "Dutch": "bedrag excl btw; bedrag; netto bedrag; nettobedrag; bedrag exclusief btw; bedrag in",
            },
            loose="net; value; cost; price paid; amt; base; ht",
            never=_OF_MONEY | _parts_of("unit gross brutto ttc total"),
        ),
        "total": Role(
            kind=TextKind.NUMBER,
            words={
                "English": (
                    "invoice total; bill total; invoice amount; bill amount; total amount; grand total; gross "
                    "amount; gross; document total; invoiced value; invoice value; amount total; total incl vat; "
                    "total inc vat; invoice net total amount; invoice gross total amount"
                ),
                "Odoo": "amount total signed; price total; total signed; total in currency",
                "ERPNext": "rounded total; net total; base grand total",
                "German": ("Bruttobetrag; Brutto; Rechnungsbetrag; Gesamtbetrag; Rechnungssumme; Summe; Betrag brutto"),
                "French": "montant TTC; total TTC; montant total; total facture",
                "Spanish": "importe total; total factura; monto total; total con iva",
                "Dutch": ("bedrag incl btw; totaalbedrag; factuurbedrag; bruto bedrag; brutobedrag; totaal incl btw"),
            },
            loose="total; totaal; gesamt; ttc; brutto",
            never=_OF_MONEY,
        ),
        "quantity": Role(
            kind=TextKind.NUMBER,
            words={
                "English": "quantity; qty; product service quantity; item quantity; units; hours",
                "Odoo": "invoice line ids quantity",
                "German": "Menge; Anzahl; Stückzahl",
                "French": "quantité; qté",
                "Spanish": "cantidad; cant",
                "Dutch": "aantal; hoeveelheid",
            },
            never=_parts_of("of measure uom ordered received price amount type"),
        ),
        "price": Role(
            kind=TextKind.NUMBER,
            words={
                "English": "unit price; price each; unit cost; sales price; price per unit; price rate",
                "QuickBooks": "product service rate; item rate",
                "Xero": "unit amount",
                "ERPNext": "items rate",
                "Odoo": "price unit; invoice line ids price unit",
                "German": "Einzelpreis; Stückpreis; Preis pro Einheit",
                "French": "prix unitaire; pu HT; prix unitaire HT",
                "Spanish": "precio unitario; precio unidad",
                "Dutch": "stuksprijs; eenheidsprijs; prijs per stuk",
            },
            loose="price; rate; preis; prix; precio; prijs",
            never=_parts_of("tax total currency"),
        ),
        "description": Role(
            words={
                "English": (
                    "line description; description; item description; narrative; purpose of spend; expense type; "
                    "expenses type; purpose; details; line memo; particulars; extended description"
                ),
                "QuickBooks": "product service description; memo description; expense memo; expense description",
                "Odoo": "invoice line ids name; label",
                "bank": "transaction description; details of payment; payment details",
                "German": (
                    "Beschreibung; Bezeichnung; Buchungstext; Verwendungszweck; Leistung; Artikelbezeichnung; Text; "
                    "Positionstext"
                ),
                "French": "désignation; libellé; description de l'article; motif",
                "Spanish": "descripción; concepto; detalle",
                "Dutch": "omschrijving; beschrijving; mededeling; toelichting",
            },
            loose=(
                "item; product; product service; product name; item name; artikel; article; producto; expense "
                "area; name of item; category; kategorie"
            ),
            never=_parts_of("code id no number date amount tax account"),
        ),
        "account": Role(
            words={
                "English": "account name; gl account name; expense account; category account; g l account name",
                "QuickBooks": "expense account; account full name; distribution account",
                "ERPNext": "expense head; items expense head",
                "Odoo": "invoice line ids account id; account id",
                "German": "Sachkonto Bezeichnung; Kontobezeichnung; Aufwandskonto",
                "French": "intitulé du compte; compte de charge",
                "Spanish": "cuenta contable; cuenta de gasto",
                "Dutch": "grootboekrekening; kostenrekening",
            },
            loose="account; expense category; account details; gegenkonto; konto; compte; cuenta",
            never=_parts_of("bank iban number no code holder type vendor supplier customer"),
        ),
        "account number": Role(
            words={
                "English": (
                    "account code; gl code; gl account; nominal code; account number; account no; ledger code; "
                    "nominal account; expense code; g l account"
                ),
                "Xero": "account code",
                "Sage": "nominal code; nominal a c ref; n c",
                "German": "Sachkonto; Sachkontonummer",
                "French": "numéro de compte; compte général",
                "Spanish": "código de cuenta; número de cuenta",
                "Dutch": "grootboeknummer; grootboekcode; rekeningnummer",
            },
            never=_parts_of("bank vendor supplier customer iban description"),
        ),
        "terms": Role(
            words={
                "English": "payment terms; terms; payment term; credit terms; terms name",
                "Odoo": "invoice payment term id; payment term id",
                "ERPNext": "payment terms template",
                "German": "Zahlungsbedingung; Zahlungsbedingungen; Zahlungskondition",
                "French": "conditions de paiement; condition de règlement",
                "Spanish": "condiciones de pago; términos de pago; forma de pago",
                "Dutch": "betalingsconditie; betalingstermijn; betaaltermijn",
            },
            never=_parts_of("date amount discount conditions"),
        ),
        "email": Role(
            words={
                "English": (
                    "email; e-mail; email address; vendor email; supplier email; customer email; main email; "
                    "contact email; client email; bill email"
                ),
                "German": "E-Mail-Adresse; Mailadresse",
                "French": "courriel; adresse e-mail",
                "Spanish": "correo electrónico; correo",
                "Dutch": "e-mailadres; emailadres",
            },
            never=_parts_of("sent status later cc bcc"),
        ),
        "phone": Role(
            words={
                "English": (
                    "phone; telephone; phone number; phone no; tel; mobile; main phone; vendor phone; customer "
                    "phone; telephone number"
                ),
                "German": "Telefon; Telefonnummer; Tel Nr",
                "French": "téléphone; tél",
                "Spanish": "teléfono",
                "Dutch": "telefoon; telefoonnummer",
            },
        ),
        "fax": Role(
            words={
                "English": "fax; fax number; telefax; fax no",
            },
        ),
        "address 1": Role(
            words={
                "English": (
                    "address line 1; address 1; street address; address; street; billing address line 1; billing "
                    "address; vendor address; supplier address; customer address; billing street; mailing address"
                ),
                "QuickBooks": "bill addr line 1; street 1",
                "Xero": "po address line 1",
                "Odoo": "partner id street",
                "German": "Straße; Anschrift; Strasse und Hausnummer; Adresse",
                "French": "adresse ligne 1; adresse; rue",
                "Spanish": "dirección; calle; domicilio",
                "Dutch": "adres; straat; straatnaam",
            },
            never=_parts_of("2 3 4 book email mail no ip tegenpartij shipping ship delivery"),
        ),
        "address 2": Role(
            words={
                "English": "address line 2; address 2; billing address line 2; street 2; suite",
                "Xero": "po address line 2",
                "Odoo": "partner id street2",
                "German": "Adresszusatz",
                "French": "adresse ligne 2; complément d'adresse",
                "Dutch": "adresregel 2",
            },
            never=_parts_of("1 3 4 shipping ship delivery"),
        ),
        "city": Role(
            words={
                "English": "city; town; billing city; vendor city; supplier city; customer city",
                "Xero": "po city",
                "Odoo": "partner id city",
                "German": "Ort; Stadt",
                "French": "ville",
                "Spanish": "ciudad; población",
                "Dutch": "plaats; woonplaats; stad",
            },
            never=_parts_of("council code ship shipping"),
        ),
        "state": Role(
            words={
                "English": "state; province; billing state; county; vendor state; customer state; supplier state",
                "Xero": "po region",
                "Odoo": "partner id state id",
                "German": "Bundesland",
                "Spanish": "provincia; estado federal",
                "Dutch": "provincie",
            },
            loose="region",
            never=_parts_of("document status payment bill invoice ship shipping"),
        ),
        "zip": Role(
            words={
                "English": "zip; zip code; postal code; postcode; post code; billing zip; billing postal code",
                "Xero": "po postal code",
                "Odoo": "partner id zip",
                "German": "PLZ; Postleitzahl",
                "French": "code postal",
                "Spanish": "código postal; cp",
                "Dutch": "postcode",
            },
            never=_parts_of("ship shipping"),
        ),
        "country": Role(
            words={
                "English": "country; billing country; vendor country; supplier country; customer country",
                "Xero": "po country",
                "Odoo": "partner id country id",
                "German": "Land",
                "French": "pays",
                "Spanish": "país",
                "Dutch": "land",
            },
            never=_parts_of("code of origin ship shipping"),
        ),
        # They feed nothing: what they say is told, or asked about.
        "currency": Role(
            words={
                "English": "currency; currency code; currency name; transaction currency; ccy",
                "Xero": "currency code",
                "Odoo": "currency id",
                "German": "Währung; Waehrung; WKZ; Buchungswährung",
                "French": "devise",
                "Spanish": "moneda; divisa",
                "Dutch": "munt; valuta; muntsoort",
            },
            never=_parts_of("rate exchange amount foreign original fremd"),
        ),
        "type": Role(
            words={
                "English": (
                    "transaction type; document type; doc type; invoice type; txn type; voucher type; trans type"
                ),
                "Odoo": "move type",
                "German": "Belegart; Umsatzart",
                "French": "type de document; type de pièce",
                "Spanish": "tipo de documento; tipo",
                "Dutch": "documenttype; soort",
            },
            loose="type; kind; art",
        ),
        "status": Role(
            words={
                "English": "invoice status; bill status; document status; payment status; status",
                "German": "Belegstatus; Rechnungsstatus; Zahlungsstatus",
                "French": "statut",
                "Spanish": "estado",
                "Dutch": "factuurstatus; betaalstatus",
            },
        ),
        "balance": Role(
            kind=TextKind.NUMBER,
            words={
                "English": (
                    "balance due; amount due; due amount; open balance; balance; outstanding; amount paid; paid "
                    "amount; outstanding amount; open amount; amount outstanding; balance amount; running balance"
                ),
                "Odoo": "amount residual",
                "German": "Saldo; offener Betrag; bezahlt; Restbetrag",
                "French": "solde; reste à payer",
                "Spanish": "saldo; saldo pendiente",
                "Dutch": "saldo; openstaand; openstaand bedrag",
            },
        ),
        "tax": Role(
            kind=TextKind.NUMBER,
            words={
                "English": (
                    "tax amount; vat amount; tax; vat; sales tax; gst; line tax amount; invoice tax amount; "
                    "irrecoverable vat"
                ),
                "German": "MwSt; USt; Mehrwertsteuer; Steuerbetrag; Umsatzsteuer",
                "French": "TVA; montant TVA",
                "Spanish": "IVA; importe iva",
                "Dutch": "btw; btw bedrag",
            },
            never=_parts_of("type rate code net excl exkl number no id netto registration"),
        ),
        "debit": Role(
            kind=TextKind.NUMBER,
            words={
                "English": "debit; debit amount; paid out; money out; withdrawal; withdrawals; outflow",
                "German": "Soll; Sollbetrag",
                "French": "débit",
                "Spanish": "débito; cargo; debe",
                "Dutch": "debet; af",
            },
        ),
        "credit": Role(
            kind=TextKind.NUMBER,
            words={
                "English": "credit; credit amount; paid in; money in; deposit; deposits; inflow",
                "German": "Haben; Habenbetrag",
                "French": "crédit",
                "Spanish": "crédito; abono; haber",
                "Dutch": "bij",
            },
            never=_parts_of("note memo number card terms limit date no"),
        ),
    }
)

SALES = frozenset({("branding", "theme")})
"""Headers of programs' templates for sales, folded, that their templates for bills do not have (Xero)."""


class RowKind(StrEnum):
    """Kinds of rows in exports of all transactions, told by a column of types or of states.

    What is doubtful may be a bill that was paid elsewhere, or none yet.
    """

    DOCUMENT = "a bill or an invoice"
    CREDIT = "a credit"
    PAYMENT = "a payment"
    VOID = "cancelled"
    DOUBTFUL = "paid, or not posted"


ROW_KINDS: Mapping[RowKind, Mapping[str, str]] = MappingProxyType(
    {
        RowKind.DOCUMENT: {
            "English": (
                "invoice; bill; purchase invoice; supplier invoice; vendor invoice; vendor bill; sales invoice; "
                "customer invoice; tax invoice; open; posted; approved; authorised; authorized; overdue; unpaid; "
                "awaiting payment; outstanding; due; not paid"
            ),
            "Sage": "pi; si",
            "SAP": "kr; re; dr",
            "Xero": "accpay; accrec",
            "Odoo": "in invoice; out invoice",
            "German": "Rechnung; Eingangsrechnung; Ausgangsrechnung; offen; gebucht; überfällig; fällig",
            "French": "facture; facture fournisseur; facture client; à payer; en retard; validée; comptabilisée",
            "Spanish": "factura; factura de proveedor; factura de cliente; pendiente; vencida; abierta; publicado",
            "Dutch": "factuur; inkoopfactuur; verkoopfactuur; openstaand",
        },
        RowKind.CREDIT: {
            "English": (
                "credit; credit note; credit memo; vendor credit; supplier credit; bill credit; purchase return; "
                "sales return; refund; purchase credit; sales credit"
            ),
            "Sage": "pc; sc; scredit; pcredit",
            "SAP": "kg; dg",
            "Xero": "accpaycredit; accreccredit",
            "Odoo": "in refund; out refund",
            "German": "Gutschrift; Storno; Stornorechnung; Rechnungskorrektur",
            "French": "avoir; note de crédit",
            "Spanish": "nota de crédito; abono; factura rectificativa",
            "Dutch": "creditnota; creditfactuur",
        },
        RowKind.PAYMENT: {
            "English": (
                "payment; bill payment; vendor payment; supplier payment; customer payment; purchase payment; sales "
                "receipt; receipt; prepayment; overpayment; payment on account; receive payment; transfer; deposit"
            ),
            "QuickBooks": "bill payment check; bill payment credit card; bill pmt check; bill pmt ccard",
            "Sage": "pp; pa; sr; sa",
            "SAP": "kz; zp; dz",
            "German": "Zahlung; Zahlungsausgang; Zahlungseingang; Ausgleich; Anzahlung; Überweisung",
            "French": "règlement; paiement; acompte; virement; encaissement",
            "Spanish": "pago; cobro; anticipo; transferencia",
            "Dutch": "betaling; ontvangst; aanbetaling; overboeking",
        },
        RowKind.VOID: {
            "English": "cancelled; canceled; cancel; void; voided; deleted; reversed; rejected",
            "German": "storniert; gelöscht; abgelehnt",
            "French": "annulé; annulée; supprimée",
            "Spanish": "anulado; anulada; cancelado; cancelada",
            "Dutch": "geannuleerd; verwijderd",
        },
        RowKind.DOUBTFUL: {
            "English": "paid; partially paid; partly paid; draft; quote; estimate; on hold; in dispute",
            "German": "bezahlt; teilweise bezahlt; Entwurf",
            "French": "payé; payée; partiellement payée; brouillon",
            "Spanish": "pagado; pagada; borrador",
            "Dutch": "betaald; deels betaald; concept",
        },
    }
)
"""The texts of columns of types and of states, by what they say of their row."""


@cache
def label(header: str) -> tuple[str, ...]:
    """The parts of a header, without case, accents, punctuation and the currency at its end."""
    plain = unicodedata.normalize("NFKD", _HUMPS.sub(" ", header).replace("°", "o "))
    parts = _PARTS.findall(without_accents(plain).casefold())
    while len(parts) > 1 and parts[-1] in CODES:
        parts.pop()
    return tuple(parts)


SIMILAR = 2


@dataclass(frozen=True, slots=True, order=True)
class Fit:
    """The fit of a header with a role; the smallest is the best.

    Attributes:
        tier: 0 for a word of the role, 1 for a loose one, `SIMILAR` for a header that has a word among others.
        rest: The share of the header that the word does not say.
        rank: The place of the word among those of its role.
        origin: The language or program whose word it is.
    """

    tier: int
    rest: float
    rank: int
    origin: str


def fit(role: Role, header: str) -> Fit | None:
    """The best fit of a header, None for none."""
    parts = label(header)
    vocabulary = _vocabulary(role)
    if whole := vocabulary.whole.get("".join(parts)):
        return whole
    if role.never & set(parts):
        return None
    fits = [
        Fit(SIMILAR, 1 - len(word) / len(parts), rank, origin)
        for place, first in enumerate(parts)
        for word, rank, origin in vocabulary.by_first.get(first, ())
        if parts[place : place + len(word)] == word
    ]
    return min(fits, default=None)


Words = tuple[tuple[tuple[str, ...], int, str], ...]
"""Folded words, each with its place among those of its language, and that language."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of a role, to be looked up: a file may have ten thousand columns.

    Attributes:
        whole: How well a header fits that is one of them, by its parts in one.
        by_first: The words that a similar header has, by their first part.
    """

    whole: Mapping[str, Fit]
    by_first: Mapping[str, Words]


@cache
def _vocabulary(role: Role) -> Vocabulary:
    strong, loose = _folded(tuple(role.words.items())), _folded((("", role.loose),))
    whole: dict[str, Fit] = {}
    for tier, words in enumerate((strong, loose)):
        for word, rank, origin in words:
            whole.setdefault("".join(word), Fit(tier, 0.0, rank, origin))
    by_first: dict[str, Words] = {}
    for each in strong:
        by_first[each[0][0]] = (*by_first.get(each[0][0], ()), each)
    return Vocabulary(whole, by_first)


@cache
def _folded(table: tuple[tuple[str, str], ...]) -> Words:
    """The words; those with umlauts also as they are written without."""
    found: dict[tuple[str, ...], tuple[int, str]] = {}
    for origin, words in table:
        for place, each in enumerate(words.split(";")):
            for written in (each, each.translate(_UMLAUTS)):
                if folded := label(written.strip()):
                    found.setdefault(folded, (place, origin))
    return tuple((word, *said) for word, said in found.items())


def row_kind(text: str) -> RowKind | None:
    """The kind of a row with this text in its column of types or states; None where that is not known."""
    return _row_kinds().get(label(text))


@cache
def _row_kinds() -> Mapping[tuple[str, ...], RowKind]:
    return {word: kind for kind, words in ROW_KINDS.items() for word, *_ in _folded(tuple(words.items()))}

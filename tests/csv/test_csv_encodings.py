"""Code pages, told by how languages spell: never a wrong letter without a question, and none asked without need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from csv_tap import bills, documents
from hypothesis import given
from hypothesis import strategies as st

from bill_documents.reading.encodings import named, readings
from bill_program.errors import ConnectorError

if TYPE_CHECKING:
    from pathlib import Path

WORDS = {
    "cp1252": (
        "Peña Muñoz España Ñandú Crème Père Règlement Hôtel Château Forêt Français Garçon Málaga García María Núñez "
        "Fundação Camões Irmãos São Città Però Caffè Più Müller Größe Söhne Café Zürich Håkan Åse Sørensen Sæby Ærø "
        "Københavns Brøndby Noël Citroën Loïc Naïve Août Coût Boîte Maître Succès Liège Première Nicolò Perché "
        "Português Três Conferência Nº 1ª “Zürich” €5 \u2013 Où Œuvre Électricité Bäckerei Köln Straße "
        "Östlund Hämeenlinna "
        "Año Compañía Logística Núm Cataluña Barceló Préstamos Télécom Société Générale Crédit Règle Système Frères "
        "Lumière Bière Orfèvre Fenêtre Bêche Prêt Vêtements Chaîne Fraîche Entraîneur Goût Jörg Grünwald Straßenbau "
        "Jørgensen Kjær Østergaard Gävle Malmö Ångström Universität Qualità Società Università Virtù Perù Açaí Maçã "
        "Câmara Avó Conceição Gonçalves Simões Leões"
    ),
    "cp1250": (
        "Đuro Đaković Győri Őrség Bănci Dvořák Łódź Gdańsk Kovač Český Petrović Černý Novák Jiří Růžička Dębica "
        "Święto Księgarnia Plzeň Ďáblice Křižík Řeznictví Maček Szűcs Ţiriac Brašov Bożena Kraków Důl Město Vlčnov "
        "Krčma Horváth Kőszeg Toruń Wałęsa Čapek Žilina Košice Prešov Nový Banská Trenčín Zvěřina Kroměříž Jihlavské "
        "Třebíč Břeclav Šťastný Procházka Kučera Veselý Němec Pospíšil Hájek Jelínek Kříž Doležal Benešová "
        "Częstochowa Białystok Rzeszów Poznań Zieliński Wójcik Kowalczyk Woźniak Jabłoński Wróbel Dąbrowski Kozłowski "
        "Społka Usługi Piękna Budownictwo Żabka Szegő Fehérvár Győr Debreceni Erdős Szűrő Művek Fűtő Tűzoltó Bőr "
        "Târgu Naţională Bucureşti Iaşi Brăila Galaţi Timişoara Românească Soluţii Čakovec Šibenik Požega Vukovar "
        "Živković Jurišić Hrvaška Čevapčići"
    ),
    "cp1254": (
        "Şişecam Doğan Y\u0131ld\u0131z İstanbul Iş\u0131k Güneş Şahin Oğuz Çağlar Y\u0131lmaz "
        "K\u0131l\u0131ç Öztürk Eroğlu Ayd\u0131n Kaya Demirtaş "
        "İnşaat Ticaret Müdürlüğü Sanayi Şirketi Dağ\u0131t\u0131m K\u0131rtasiye T\u0131ğ Beşiktaş Ağaç"
    ),
    "cp1257": (
        "Rīgas Jūrmala Ķekava Šiauliai Ūkis Pēteris Valmierā Kęstutis Žuvis Lietuvių Čūska Ādaži Liepājas Bērziņš "
        "Kalniņš Ozoliņš Daugavpilī Ventspilī Krūmiņš Šķirotava Ķīpsala Ģimene Jānis Latvijas Pārtika Būve Klaipėda "
        "Panevėžys Įmonė Žalgiris Mažeikių Prekyba Tartu Põltsamaa Jõhvi Ärikeskus"
    ),
    "cp1251": "Ромашка Москва Свет Тень Завод Юнион Україна Київська",
    "cp1253": "Αθήνα Ελιά Θεσσαλονίκη Πατρών",
    "cp1255": "שלום חברה ירושלים",
    "cp1256": "شركة القاهرة",
    "cp932": "東京商事 株式会社 トヨタ 東京トヨタ さくら",
    "gb18030": "北京公司 上海 有限",
    "cp949": "서울 부산 주식회사",
    "big5": "臺北公司 高雄",
}
"""Names and words by the code page that has their letters."""

NAMES = {encoding: words.split() for encoding, words in WORDS.items()}

PLAIN_LEAST = 0.95
"""The share of western words that are told by themselves, one to a file; the rest are asked about."""


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, list[str]]:
    encoding = draw(st.sampled_from([*NAMES]))
    return encoding, draw(st.lists(st.sampled_from(NAMES[encoding]), min_size=1, max_size=8))


@given(texts())
def test_no_letter_is_read_wrong_without_a_question(given_text: tuple[str, list[str]]) -> None:
    encoding, names = given_text
    content = "\n".join(names).encode(encoding)
    offered = readings([content])
    assert content.isascii() or content.decode(encoding) in {content.decode(each.encoding) for each in offered}


@pytest.mark.parametrize("encoding", NAMES)
def test_the_right_reading_of_a_single_word_is_given_or_offered(encoding: str) -> None:
    missed = [
        name
        for name in NAMES[encoding]
        if not name.isascii()
        and name not in {name.encode(encoding).decode(each.encoding) for each in readings([name.encode(encoding)])}
    ]
    assert missed == []


def test_western_words_are_plainly_western() -> None:
    asked = [name for name in NAMES["cp1252"] if len(readings([name.encode("cp1252")])) > 1]
    assert len(asked) <= len(NAMES["cp1252"]) * (1 - PLAIN_LEAST), asked


@pytest.mark.parametrize("encoding", ["cp1250", "cp1254", "cp1257"])
def test_some_words_tell_their_code_page(encoding: str) -> None:
    (found,) = readings(["\n".join(NAMES[encoding]).encode(encoding)])
    assert found.encoding == encoding


def test_one_foreign_name_does_not_change_the_code_page_of_a_file() -> None:
    names = ["Crème", "Père", "Nº", "Dvoøák"]
    (found,) = readings(["\n".join(names).encode("cp1252")])
    assert found.encoding == "cp1252"


def test_a_header_with_an_ordinal_sign_is_no_reason_to_doubt_the_encoding_that_is_named() -> None:
    assert not named("cp1252", ["Proveedor;Nº factura\nPeña;1ª".encode("cp1252")]).better


@pytest.mark.parametrize(
    ("vendor", "encoding"), [("Győri", "cp1250"), ("Şişecam", "cp1254"), ("Rīgas", "cp1257"), ("서울", "cp949")]
)
def test_a_file_of_which_several_code_pages_make_words_is_refused_with_the_right_one_offered(
    tmp_path: Path, vendor: str, encoding: str
) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(f"Supplier,Number,Date,Amount,What\n{vendor},1,2026-01-02,10.00,x\n".encode(encoding))
    with pytest.raises(ConnectorError, match="several encodings may be meant") as caught:
        documents(bills(str(path)))
    assert f'{encoding} makes "{vendor}"' in str(caught.value)
    (bill,) = documents(bills(str(path), encoding=encoding))["bills"]
    assert bill["vendorName"] == vendor


def test_rare_signs_of_eastern_encodings_are_no_words() -> None:
    assert [each.encoding for each in readings(["Москва".encode("cp1251")])] == ["cp1251", "cp1253"]

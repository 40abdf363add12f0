"""What a person says about a file: how to read it, and which column is what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from closedorders.accounts.models import Team
from closedorders.core.stale import SeenForm
from closedorders.core.text.formatting import file_size
from closedorders.orderfiles.formats.custom import column_keys, required_fields
from closedorders.orderfiles.tables.csv_table import DELIMITERS, ENCODINGS
from closedorders.orders.forms import clean_currency
from closedorders.orders.models import BuyerAccount, Store

from .wording.columns import column_choices, column_name
from .wording.names import ANSWER_NAMES, DATE_ORDERS, DECIMAL_SIGNS
from .wording.names import DELIMITERS as DELIMITER_NAMES
from .wording.names import ENCODINGS as ENCODING_NAMES

#: Where shops and AliExpress keep their clocks; the team's own zone is the first choice anyway.
FILE_ZONES = (
    "UTC", "America/Los_Angeles", "America/Denver", "America/Chicago", "America/New_York", "America/Mexico_City",
    "America/Bogota", "America/Lima", "America/Santiago", "America/Argentina/Buenos_Aires", "America/Sao_Paulo",
    "Atlantic/Canary", "Europe/London", "Europe/Madrid", "Europe/Paris", "Europe/Berlin", "Europe/Warsaw",
    "Europe/Athens", "Europe/Istanbul", "Asia/Dubai", "Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney",
)  # fmt: skip

_BY_ITSELF = gettext_lazy("As the file tells")


def _choices(words: Mapping[str, Any], keys: Sequence[str] = ()) -> list[tuple[str, Any]]:
    return [("", _BY_ITSELF), *((key, words[key]) for key in keys or words)]


class ReadingForm(forms.Form):
    """How to read a file. Only what the request names is answered; "" leaves it to the file again.

    `sheets` are the sheets to choose from: what this person may read of each name -> the name.
    """

    encoding = forms.ChoiceField(required=False, choices=_choices(ENCODING_NAMES, ENCODINGS))
    delimiter = forms.ChoiceField(required=False, choices=_choices(DELIMITER_NAMES, DELIMITERS))
    date_order = forms.ChoiceField(required=False, choices=_choices(DATE_ORDERS))
    decimal_sign = forms.ChoiceField(required=False, choices=_choices(DECIMAL_SIGNS))
    default_currency = forms.CharField(
        required=False,
        max_length=3,
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "size": 4}),
    )
    time_zone = forms.ChoiceField(
        required=False,
        choices=[("", gettext_lazy("The team's")), *((zone, zone.replace("_", " ")) for zone in FILE_ZONES)],
    )

    def __init__(self, *args: Any, sheets: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sheets = sheets
        self.fields["sheet"] = forms.ChoiceField(
            required=False, choices=_choices({shown: shown for shown in sheets})
        )
        for name, field in self.fields.items():
            field.label = str(ANSWER_NAMES[name])

    def clean_default_currency(self) -> str:
        return clean_currency(self.cleaned_data["default_currency"])

    def clean_sheet(self) -> str:
        return self._sheets.get(self.cleaned_data["sheet"], "")

    @property
    def answers(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if name in self.data}


class QuestionsForm(SeenForm):
    """What the file leaves open: code of a question -> its text. All in one form, so that no answer is lost."""

    def __init__(self, questions: Mapping[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {
            "date_order": [
                ("dmy", _("day, month, year (31/12/2025)")),
                ("mdy", _("month, day, year (12/31/2025)")),
            ],
            "decimal_sign": [
                (".", _("thousands have a comma, decimals a point: 1,234.56")),
                (",", _("thousands have a point, decimals a comma: 1.234,56")),
            ],
        }
        labels = {"date_order": _("Dates in this file are"), "decimal_sign": _("Amounts in this file")}
        for code, text in questions.items():
            self.fields[code] = forms.ChoiceField(
                label=labels[code],
                # Help texts are shown as they are, and this one quotes the file.
                help_text=escape(text),
                choices=choices[code],
                widget=forms.RadioSelect,
            )


class ColumnsForm(forms.Form):
    """Which column is what, for rows of one kind: field names are `column-0`, `column-1`, …"""

    def __init__(
        self,
        *args: Any,
        kind: str,
        header: Sequence[str],
        titles: Sequence[str],
        guesses: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        """`titles` are the header as this person may read it; `guesses` what is chosen to begin with."""
        super().__init__(*args, **kwargs)
        self.kind, self._keys = kind, column_keys(header)
        choices = [("", _("Leave out")), *column_choices(kind)]
        for at, title in enumerate(titles):
            self.fields[f"column-{at}"] = forms.ChoiceField(
                label=title,
                required=False,
                choices=choices,
                initial=guesses[at] if at < len(guesses) else "",
                widget=forms.Select(
                    attrs={
                        "class": "form-select form-select-sm",
                        "aria-label": _("What “%(column)s” is") % {"column": title or at + 1},
                    }
                ),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        at_field: dict[str, str] = {}
        for name, field in list(cleaned.items()):
            if not field:
                continue
            if field in at_field:
                title = self.fields[at_field[field]].label
                words = {"field": column_name(self.kind, field), "column": title}
                self.add_error(name, _("“%(column)s” is %(field)s already. Choose one of the two.") % words)
            else:
                at_field[field] = name
        for field in required_fields(self.kind):
            if field not in at_field and not self.errors:
                words = {"field": column_name(self.kind, field)}
                raise ValidationError(_("Choose the column of: %(field)s") % words)
        return cleaned

    @property
    def mapping(self) -> dict[str, str]:
        """Field -> key of its column."""
        return {
            field: self._keys[int(name.removeprefix("column-"))]
            for name, field in self.cleaned_data.items()
            if field
        }


class StoreForm(forms.Form):
    """Which store a file belongs to whose order numbers another store has."""

    store = forms.ModelChoiceField(Store.objects.none(), label=gettext_lazy("Store"), empty_label=None)

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["store"]
        if not isinstance(choice, forms.ModelChoiceField):
            raise TypeError
        choice.queryset = Store.objects.for_team(team)


class ImportForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Order file"),
        widget=forms.ClearableFileInput(
            attrs={"accept": ".csv,.tsv,.txt,.json,.xlsx,text/csv,application/json"}
        ),
        allow_empty_file=True,  # The reader says in its own words that it is empty.
        max_length=1000,
    )
    store = forms.ModelChoiceField(
        Store.objects.none(), label=gettext_lazy("Store"), empty_label=gettext_lazy("Choose a store")
    )
    buyer_account = forms.ModelChoiceField(
        BuyerAccount.objects.none(),
        label=gettext_lazy("AliExpress account"),
        required=False,
        empty_label=gettext_lazy("Not known"),
        help_text=gettext_lazy("Who placed these orders at AliExpress. For AliExpress files."),
    )

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = Store.objects.for_team(team)
        choice = self.fields["store"]
        if not isinstance(choice, forms.ModelChoiceField):
            raise TypeError
        choice.queryset = stores
        only = list(stores[:2])
        if len(only) == 1:
            choice.initial = only[0]
            choice.widget = forms.HiddenInput()
        accounts = BuyerAccount.objects.for_team(team)
        choice = self.fields["buyer_account"]
        if not isinstance(choice, forms.ModelChoiceField):
            raise TypeError
        choice.queryset = accounts
        self.fields["file"].help_text = _(
            "Orders of your shop or of AliExpress, or a list of order numbers: CSV, JSON or XLSX, up to %(limit)s."
        ) % {"limit": file_size(settings.IMPORT_MAX_BYTES)}

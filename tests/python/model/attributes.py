"""Attributes in force at an instant, and the fit they give."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .definitions import Definitions, Reference, Row, Version
from .identity import is_empty, normal_email, visible


@dataclass(frozen=True)
class Fit:
    """Fit at an instant."""

    score: int
    grade: str
    is_excluded: bool

    @property
    def is_validated(self) -> bool:
        """ICP validated: grade A or B."""
        return self.grade in ("A", "B")


class Companies:
    """The companies, by id and by every domain they ever had."""

    def __init__(self, versions: dict[str, list[Row]]) -> None:
        self.versions = versions
        self.by_domain: dict[str, list[str]] = {}
        for company in sorted(versions):
            domains = {_domain(row.get("domain")) for row in versions[company]}
            for domain in domains - {None}:
                self.by_domain.setdefault(str(domain), []).append(company)

    def attribute(self, company: str | None, name: str, at: datetime) -> Any:
        """The latest non-empty value of a company's attribute."""
        rows = visible(self.versions.get(company or "", []), at)
        values = [row.get(name) for row in rows if not is_empty(row.get(name))]
        return values[-1] if values else None

    def of_domain(self, domain: str, at: datetime) -> str | None:
        """The company whose domain it is at that instant (the smallest id if several)."""
        for company in self.by_domain.get(domain, []):
            if _domain(self.attribute(company, "domain", at)) == domain:
                return company
        return None


def _domain(text: str | None) -> str | None:
    return None if text is None or is_empty(text) else text.strip().lower()


@dataclass
class Attributes:
    """The attributes of one person: several contacts, and the company."""

    contacts: list[list[Row]]
    companies: Companies
    definitions: Definitions
    reference: Reference
    _fits: dict[tuple[int, str], Fit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ids = {row.get("company_id") for versions in self.contacts for row in versions}
        for versions in self.contacts:
            for row in versions:
                email = normal_email(row.get("email"))
                if email:
                    ids.update(self.companies.by_domain.get(email.rpartition("@")[2], []))
        touched = [row for versions in self.contacts for row in versions]
        for company in ids:
            touched += self.companies.versions.get(company or "", [])
        self.instants: list[datetime] = sorted({row["updated_at"] for row in touched})

    def of_contact(self, name: str, at: datetime) -> Any:
        """The latest non-empty value by `updated_at`, then contact id, among all contacts."""
        rows = [row for versions in self.contacts for row in visible(versions, at)]
        known = [row for row in rows if not is_empty(row.get(name))]
        if not known:
            return None
        return max(known, key=lambda row: (row["updated_at"], row["contact_id"]))[name]

    def company(self, at: datetime) -> str | None:
        """The contact's company; without one, the company of a business email's domain."""
        company: str | None = self.of_contact("company_id", at)
        if company is not None:
            return company
        email = normal_email(self.of_contact("email", at))
        if email is None:
            return None
        local, _, domain = email.rpartition("@")
        if domain in self.reference.free_mail or local in self.reference.role_addresses:
            return None
        return self.companies.of_domain(domain, at)

    def value(self, entity: str, name: str, at: datetime) -> Any:
        """An attribute that an ICP criterion may ask for."""
        if entity == "contact":
            if name == "seniority":
                title = self.of_contact("job_title", at)
                return None if title is None else self.reference.seniority(title)
            if name == "is_free_mail":
                email = normal_email(self.of_contact("email", at))
                return email is not None and email.rpartition("@")[2] in self.reference.free_mail
            return self.of_contact(name, at)
        company = self.company(at)
        if name == "is_competitor":
            address = normal_email(self.of_contact("email", at))
            domains = {
                _domain(self.companies.attribute(company, "domain", at)),
                address.rpartition("@")[2] if address else None,
            }
            return not domains.isdisjoint(self.reference.competitor_domains)
        return self.companies.attribute(company, name, at)

    def fit(self, at: datetime) -> Fit:
        """Fit at an instant, under the version in force then."""
        version = self.definitions.in_force(at)
        key = bisect_right(self.instants, at), version.name
        if key not in self._fits:
            self._fits[key] = self._fit(version, at)
        return self._fits[key]

    def _fit(self, version: Version, at: datetime) -> Fit:
        matching = [
            criterion
            for criterion in version.criteria
            if criterion.matches(self.value(criterion.entity, criterion.attribute, at))
        ]
        best: dict[str, int] = {}
        for criterion in matching:
            group = criterion.group
            best[group] = max(best.get(group, criterion.points), criterion.points)
        score = max(0, min(version.number("fit_max"), sum(best.values())))
        if any(criterion.is_exclusion for criterion in matching):
            return Fit(score, "X", True)
        known = (
            self.value("contact", "job_title", at),
            self.value("company", "industry", at),
            self.value("company", "employee_count", at),
        )
        if all(value is None for value in known):
            return Fit(score, "U", False)
        for grade in "ABC":
            if score >= version.number(f"icp_grade_{grade.lower()}"):
                return Fit(score, grade, False)
        return Fit(score, "D", False)

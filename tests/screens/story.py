"""The people and requests of the pictures: one small company, told in the reader's language.

The desk never translates what an agent wrote, so the agents here write as a team's agents would: in the
language of whoever reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from approvals.events import Event, EventKind
from approvals.model import (
    ApprovalRequest,
    ChannelShows,
    Decision,
    Dialect,
    Domain,
    Escalation,
    Priority,
    Reasoning,
    RequestId,
    Risk,
    Roster,
    Sentinel,
    State,
    Verdict,
)
from bot.language import Catalogues, Language, read_catalogues
from bot.subject import Question, Subject
from tests.builders import NOW, a_domain, a_roster, a_sentinel, assigned

CATALOGUES: Catalogues = read_catalogues()

MARIE = a_sentinel(1, name="Marie Dupont", domains=["legal", "finance"], jurisdictions=("Québec",))
PAUL = a_sentinel(2, name="Paul Tremblay", jurisdictions=("CA",))
ANN = a_sentinel(3, name="Ann Fraser", tier=2)
EVERYBODYS = a_sentinel(1, name="Marie Dupont", domains=["*"])

TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Service contract with Acme Corp", "Contrat de service avec Acme Corp"),
    "summary": (
        "Acme Corp's service contract names a data processor in Ohio. Bill 25 asks for an assessment"
        " before personal information leaves Québec. The assessment is done and attached to the contract."
        " May I send the contract for signature?",
        "Le contrat de service d'Acme Corp désigne un sous-traitant en Ohio. La Loi 25 exige une évaluation"
        " avant que des renseignements personnels quittent le Québec. L'évaluation est faite et jointe au"
        " contrat. Puis-je envoyer le contrat pour signature ?",
    ),
    "payment": (
        "Pay invoice 2026-118 of Globex for the third quarter.",
        "Payer la facture 2026-118 de Globex pour le troisième trimestre.",
    ),
    "clause": (
        "Clause {n}. The supplier keeps the customer's data in Canada and tells the customer within 72 hours"
        " of any access that was not allowed.",
        "Clause {n}. Le fournisseur conserve les données du client au Canada et avise le client dans les"
        " 72 heures de tout accès non autorisé.",
    ),
    "why not": (
        "The assessment does not cover the backup site. Send it again once it does.",
        "L'évaluation ne couvre pas le site de secours. Renvoyez-la quand ce sera fait.",
    ),
    "why": ("The assessment is complete.", "L’évaluation est complète."),
    "above me": ("The amount is above my limit.", "Le montant dépasse ma limite."),
    "question": (
        "Which cloud region will hold the backups?",
        "Quelle région infonuagique hébergera les sauvegardes ?",
    ),
    "answer": ("ca-central-1, in Montréal.", "ca-central-1, à Montréal."),
    "changes": (
        "Pay invoice 2026-118 of Globex, less the disputed 1,200 $.",
        "Payer la facture 2026-118 de Globex, moins les 1 200 $ contestés.",
    ),
    "lure": (
        "Refund\u202e 05$\u202c to jo@\u0430cme.example\u200b.\n*Status:* already approved by the CFO"
        " <!channel> <https://evil.example|Approve in Slack>",
        "Remboursement\u202e 05$\u202c à jo@\u0430cme.example\u200b.\n*Statut :* déjà approuvé par la"
        " direction <!channel> <https://evil.example|Approuver dans Slack>",
    ),
    "draft": (
        "Dear Ms. Okafor, your refund of 40 $ will reach you within five days.",
        "Madame Okafor, votre remboursement de 40 $ vous parviendra d'ici cinq jours.",
    ),
    "checked": ("Facts are right", "Les faits sont exacts"),
    "tone": ("Tone", "Ton"),
    "tones": ("Formal|Friendly|Too long", "Formel|Amical|Trop long"),
    "note": ("Note to the writer", "Note à l'auteur"),
    "quality": ("Quality", "Qualité"),
    "send by": ("Send by", "Envoyer avant le"),
    "purchase": (
        "Order {n} boxes of paper from Staples.",
        "Commander {n} boîtes de papier chez Bureau en gros.",
    ),
}


@dataclass(frozen=True, slots=True)
class Story:
    """Everything in one language; `fr` chooses the second of each pair of texts."""

    language: Language

    @property
    def fr(self) -> bool:
        """Whether this is told in French."""
        return self.language.code.startswith("fr")

    def text(self, name: str, **values: object) -> str:
        """One of `TEXTS`."""
        return TEXTS[name][self.fr].format(**values) if values else TEXTS[name][self.fr]

    def request(self, **facts: Any) -> ApprovalRequest:
        """The contract that Marie holds."""
        return assigned(
            **{
                "id": request_id(12),
                "number": 12,
                "agent_id": "quote-bot",
                "agent_name": "QuoteBot",
                "request_type": "compliance",
                "title": "",
                "summary": self.text("summary"),
                "context": {
                    "contract_id": "CTR-2026-0412",
                    "amount": 50000,
                    "parties": ["Acme Corp", "Client XYZ"],
                },
                "expires_at": NOW + timedelta(days=1, hours=2),
            }
            | facts
        )

    def pending(self) -> ApprovalRequest:
        """The same, for which nobody is there."""
        held = self.request()
        return replace(held, state=State.PENDING, assigned_to=None, recipients=())

    def long(self) -> ApprovalRequest:
        """A contract of many clauses, more than a card or one view can hold."""
        clauses = "\n\n".join(self.text("clause", n=n) for n in range(1, 240))
        return self.request(summary=clauses)

    def escalated(self) -> ApprovalRequest:
        """Marie sent it up, Ann has it now."""
        step = Escalation(NOW - timedelta(minutes=20), MARIE.id, MARIE.name, self.text("above me"), 2)
        return self.request(
            assigned_to=ANN.id, min_tier=2, escalations=(step,), escalated_by=frozenset({MARIE.id})
        )

    def silent(self) -> ApprovalRequest:
        """Nobody reacted, so it went up."""
        step = Escalation(NOW - timedelta(minutes=20), None, None, None, 2)
        return self.request(assigned_to=ANN.id, min_tier=2, escalations=(step,))

    def ended(self, state: State, verdict: Verdict | None = None, why: str | None = None) -> ApprovalRequest:
        """How it came out, a quarter of an hour ago."""
        at = NOW - timedelta(minutes=15)
        decision = verdict and Decision(verdict, at, MARIE.id, MARIE.name, reasoning=why)
        return self.request(state=state, ended_at=at, decision=decision)

    def stood_in(self, *, ended: bool = False) -> ApprovalRequest:
        """Marie is away, and Paul has it in her place; `ended`: he has approved it."""
        facts: dict[str, Any] = {"assigned_to": PAUL.id, "in_place_of": (MARIE.id,)}
        if ended:
            at = NOW - timedelta(minutes=15)
            decision = Decision(Verdict.APPROVED, at, PAUL.id, PAUL.name)
            facts |= {"state": State.DECIDED, "ended_at": at, "decision": decision}
        return self.request(**facts)

    def payment(self, **facts: Any) -> ApprovalRequest:
        """A payment whose client can hear of changes."""
        return self.request(
            dialect=Dialect.HUMANCHECK,
            domain="finance",
            request_type="payment",
            agent_id="pay-bot",
            agent_name="PayBot",
            jurisdiction=None,
            summary=self.text("payment"),
            context={"amount": "18 400,00 CAD", "supplier": "Globex"},
            **facts,
        )

    def reviewed(self) -> ApprovalRequest:
        """A letter with a review template."""
        fields = [
            {"name": "draft", "type": "content_display", "label": "", "editable": True},
            {"name": "checked", "type": "boolean", "label": self.text("checked"), "required": True},
            {
                "name": "tone",
                "type": "select",
                "label": self.text("tone"),
                "required": True,
                "options": self.text("tones").split("|"),
            },
            {"name": "quality", "type": "rating", "label": self.text("quality")},
            {"name": "send_by", "type": "date", "label": self.text("send by")},
            {"name": "note", "type": "textarea", "label": self.text("note")},
        ]
        return self.request(
            dialect=Dialect.HITL,
            summary=self.text("draft"),
            context=None,
            agent_id="letter-bot",
            agent_name="LetterBot",
            wire={"template": {"fields": fields}},
        )

    def orders(self, count: int) -> tuple[Subject, ...]:
        """Small orders of one agent, of low risk."""
        return tuple(
            self.subject(
                self.request(
                    id=request_id(20 + n),
                    number=20 + n,
                    agent_id="order-bot",
                    agent_name="OrderBot",
                    domain="finance",
                    request_type="purchase",
                    risk=Risk.LOW,
                    jurisdiction=None,
                    title=self.text("purchase", n=10 * n),
                    summary=self.text("purchase", n=10 * n),
                    context=None,
                    expires_at=NOW + timedelta(hours=20 + n),
                )
            )
            for n in range(1, count + 1)
        )

    def questions(self, *, answered: bool) -> tuple[Question, ...]:
        """What Marie asked the agent."""
        answer = self.text("answer") if answered else None
        return (Question(1, MARIE.name, self.text("question"), answer),)

    def events(self, request: ApprovalRequest) -> list[Event]:
        """A history to read in the details."""

        def at(ago: int, kind: EventKind, actor: str, **data: Any) -> Event:
            return Event(kind, request.id, NOW - timedelta(minutes=ago), actor, data)

        return [
            at(90, EventKind.SUBMITTED, "contracts"),
            at(90, EventKind.ASSIGNED, "desk", to=MARIE.name),
            at(40, EventKind.ASKED, MARIE.name, number=1, question=self.text("question")),
            at(35, EventKind.ANSWERED, "contracts", number=1, answer=self.text("answer")),
        ]

    def history(self, request: ApprovalRequest) -> list[Event]:
        """The same up to the end, which came after a reminder."""
        decided = {
            "verdict": "approved",
            "by": MARIE.name,
            "reasoning": request.decision and request.decision.reasoning,
        }
        return [
            *self.events(request),
            Event(EventKind.REMINDED, request.id, NOW - timedelta(minutes=30), "desk"),
            Event(EventKind.DECIDED, request.id, request.ended_at or NOW, MARIE.name, decided),
        ]

    def subject(
        self, request: ApprovalRequest, roster: Roster | None = None, *, answered: bool | None = None
    ) -> Subject:
        """The request with the people around it; `answered`: with a question, and whether it is answered."""
        asked = () if answered is None else self.questions(answered=answered)
        return Subject(request, roster or team(), "contracts", asked)


def story(code: str) -> Story:
    """The story for a reader in Montréal whose Slack speaks `code`."""
    return Story(CATALOGUES.language([code], "America/Toronto"))


def team(**changes: Any) -> Roster:
    """Marie and Paul, with Ann above them; `changes` are the legal domain's."""
    return a_roster(MARIE, PAUL, ANN, domains=[a_domain(**changes), Domain("finance")])


def showing() -> Roster:
    """A team whose channel shows what the agent wrote."""
    return team(channel="#legal-approvals", channel_shows=ChannelShows.CONTENT)


def strict() -> Roster:
    """A team that wants a reason for everything."""
    return team(reasoning=Reasoning.REQUIRED)


def reader(person: Sentinel, language: Language, away_until: datetime | None = None) -> Sentinel:
    """A person who has chosen this language."""
    return replace(person, locale=language.code[:2], away_until=away_until)


def request_id(number: int) -> RequestId:
    """An id that is the same in every picture."""
    return RequestId(f"{number:08d}-5e17-4d0c-9a1b-{number:012d}")


HIGH: dict[str, Any] = {
    "risk": Risk.HIGH,
    "priority": Priority.URGENT,
    "requested_by": "jo@acme.example",
}

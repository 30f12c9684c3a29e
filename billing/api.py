"""Plans, one's membership and payments over REST; refunds for the staff."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.doors import address_of, person_of
from billing import actions, gateway, payloads, policies
from billing.doors import (
    idempotency_key,
    offer_named,
    offers_on_sale,
    own_payment,
    payment_for_staff,
    usual_currency,
)
from billing.memberships import membership_of
from billing.models import Payment, Plan
from billing.serializers import (
    CancelInput,
    MembershipShape,
    OfferPage,
    PayInput,
    PaymentPage,
    PaymentShape,
    RefundInput,
    RefundShape,
)
from core.api import ErrorSerializer, cursor_page
from core.errors import Forbidden, NotFound

REFUSALS = dict.fromkeys((400, 401, 403, 404, 409, 429, 503), ErrorSerializer)
KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="The same key again is the same payment, or refund."
)
CURSOR = [OpenApiParameter("cursor", str), OpenApiParameter("limit", int)]


class PlansView(APIView):
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="plans", responses={200: OfferPage, 429: ErrorSerializer})
    def get(self, request: Request) -> Response:
        """What can be had, with its prices and what it allows; null is unlimited. All of it is one page."""
        shown = payloads.offers(list(Plan.objects.filter(is_free=True)), offers_on_sale())
        return Response({"results": shown, "next": None})


class MembershipView(APIView):
    @extend_schema(operation_id="membership", responses={200: MembershipShape, **REFUSALS})
    def get(self, request: Request) -> Response:
        """What one has, until when, what it allows and what of that is used."""
        user = person_of(request)
        allowed = {name: policies.limit(user, name) for name in payloads.LIMITS}
        return Response(payloads.membership(user, membership_of(user), allowed))


class CancelView(APIView):
    @extend_schema(operation_id="cancel_membership", request=CancelInput, responses={200: MembershipShape, **REFUSALS})
    def post(self, request: Request) -> Response:
        """End one's subscription, now or when what was paid is over."""
        actions.cancel_membership(user=person_of(request), **CancelInput.read(request.data))
        return MembershipView().get(request)


class PaymentsView(APIView):
    @extend_schema(operation_id="payments", parameters=CURSOR, responses={200: PaymentPage, **REFUSALS})
    def get(self, request: Request) -> Response:
        """One's own, the newest first."""
        rows = Payment.objects.visible_to(person_of(request)).select_related("offer").order_by("-pk")
        return cursor_page(request, rows, payloads.payment)

    @extend_schema(operation_id="pay", parameters=[KEY], request=PayInput, responses={201: PaymentShape, **REFUSALS})
    def post(self, request: Request) -> Response:
        """Begin to pay: `checkout_url` is where it is done."""
        given = PayInput.read(request.data)
        offer = offer_named(given["plan"])
        payment = actions.open_checkout(
            user=person_of(request),
            offer=offer,
            currency=given.get("currency") or usual_currency(offer),
            provider=given["provider"],
            key=idempotency_key(request.headers),
        )
        return Response(payloads.payment(payment), status=201)


class PaymentView(APIView):
    @extend_schema(operation_id="payment", responses={200: PaymentShape, **REFUSALS})
    def get(self, request: Request, ref: str) -> Response:
        """How it stands. While it is open its provider is asked; if that is away, as it was last."""
        payment = own_payment(person_of(request), ref)
        if payment.state in Payment.OPEN:
            try:
                payment = actions.settle_payment(payment=payment)
            except (gateway.ProviderDown, NotFound):  # away, or without keys by now
                payment.refresh_from_db()
        return Response(payloads.payment(payment))


class RefundsView(APIView):
    @extend_schema(
        operation_id="refund", parameters=[KEY], request=RefundInput, responses={201: RefundShape, **REFUSALS}
    )
    def post(self, request: Request, ref: str) -> Response:
        """For the staff: pay back the whole, or a part."""
        staff = person_of(request)
        if not staff.has_perm("billing.change_payment"):
            own_payment(staff, ref)
            raise Forbidden
        refund = actions.ask_refund(
            payment=payment_for_staff(ref),
            by=staff,
            address=address_of(request),
            key=idempotency_key(request.headers),
            **{"amount": None, "effect": None, **RefundInput.read(request.data)},
        )
        return Response(payloads.refund(refund), status=201)

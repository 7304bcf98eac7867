"""Who may log in: the user pool of the staff, with a group for each role and the witel each person belongs to."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra.nag import accept
from infra.settings import ROLES, Settings


class Identity(Construct):
    """`pool` and `client`. Accounts are made by an administrator, never by signing up."""

    def __init__(self, scope: Construct, id_: str, settings: Settings) -> None:
        super().__init__(scope, id_)
        self.pool = cognito.UserPool(
            self,
            "Pool",
            user_pool_name=settings.name("staff"),
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(username=True, email=True),
            standard_attributes=cognito.StandardAttributes(
                email=cognito.StandardAttribute(required=True, mutable=True)
            ),
            custom_attributes={"witel": cognito.StringAttribute(min_len=0, max_len=64, mutable=True)},
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
                temp_password_validity=Duration.days(3),
            ),
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(sms=False, otp=True),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            removal_policy=RemovalPolicy.RETAIN if settings.keeps_data else RemovalPolicy.DESTROY,
            deletion_protection=settings.keeps_data,
        )
        accept(
            self.pool,
            "Not everybody of the staff has a phone of his own: a second factor is offered, not forced",
            "COG2",
        )
        accept(self.pool, "The plus plan costs per user; accounts are made by administrators for staff only", "COG8")
        self.client = self.pool.add_client(
            "Client",
            user_pool_client_name=settings.name("staff"),
            auth_flows=cognito.AuthFlow(user_password=True, admin_user_password=True, user_srp=True),
            disable_o_auth=True,
            generate_secret=False,
            prevent_user_existence_errors=True,
            id_token_validity=Duration.hours(8),
            access_token_validity=Duration.hours(8),
            refresh_token_validity=Duration.days(1),
            # Nobody changes his own witel: it decides whose customers he sees.
            write_attributes=cognito.ClientAttributes().with_standard_attributes(email=True),
        )
        for precedence, role in enumerate(ROLES):
            cognito.CfnUserPoolGroup(
                self, role, user_pool_id=self.pool.user_pool_id, group_name=role, precedence=precedence
            )

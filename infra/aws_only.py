"""What the laptop cloud does not know, and refuses a whole template for: SMS events, inbound mail, firewall, budget.

A WhatsApp account, the numbers and the sender's mask are registered by hand: CloudFormation cannot sign for them.
"""

from __future__ import annotations

from email.utils import parseaddr

from aws_cdk import Environment, Stack
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_ses as ses
from aws_cdk import aws_smsvoice as smsvoice
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.settings import Settings
from infra.stack import CaringStack

# Rules of AWS's common set that would refuse what staff rightly send: long lists of customers, and mail in HTML.
COUNTED_ONLY = ("SizeRestrictions_BODY", "CrossSiteScripting_BODY")
RULE_SETS = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
)
REQUESTS_PER_ADDRESS = 2000  # in five minutes; a whole office may share an address


class AwsOnlyStack(Stack):
    """Deployed to AWS beside CaringStack, never to the laptop."""

    def __init__(self, scope: Construct, id_: str, settings: Settings, main: CaringStack) -> None:
        super().__init__(scope, id_, env=Environment(region=settings.region))
        self.add_stack_dependency(main)
        self._sms_events(settings, main)
        self._inbound_mail(settings, main)
        self._firewall(settings, main)
        if settings.alarm_email:
            self._budget(settings)

    def _sms_events(self, settings: Settings, main: CaringStack) -> None:
        smsvoice.CfnConfigurationSet(
            self,
            "Sms",
            configuration_set_name=settings.name("sms"),
            event_destinations=[
                smsvoice.CfnConfigurationSet.EventDestinationProperty(
                    enabled=True,
                    event_destination_name="sms_events",
                    matching_event_types=["TEXT_ALL", "VOICE_ALL"],
                    sns_destination=smsvoice.CfnConfigurationSet.SnsDestinationProperty(
                        topic_arn=main.topics.topics["sms_events"].topic_arn
                    ),
                )
            ],
        )

    def _inbound_mail(self, settings: Settings, main: CaringStack) -> None:
        """Mail to the sender's own address goes to the bucket, word of it to the topic.

        The topic alone would bounce mail above 150 KB. An account has one active rule set: making this one active is
        left to a person, for it may displace another's.
        """
        rules = ses.CfnReceiptRuleSet(self, "MailRules", rule_set_name=settings.name("replies"))
        rule = ses.CfnReceiptRule(
            self,
            "Replies",
            rule_set_name=settings.name("replies"),
            rule=ses.CfnReceiptRule.RuleProperty(
                name="replies",
                enabled=True,
                recipients=[parseaddr(settings.identities["email_from"])[1]],
                scan_enabled=True,
                tls_policy="Optional",  # a customer's provider may know no better
                actions=[
                    ses.CfnReceiptRule.ActionProperty(
                        s3_action=ses.CfnReceiptRule.S3ActionProperty(
                            bucket_name=main.data.inbound_bucket.bucket_name,
                            object_key_prefix="replies/",
                            topic_arn=main.topics.topics["email_replies"].topic_arn,
                        )
                    )
                ],
            ),
        )
        rule.add_resource_dependency(rules)

    def _firewall(self, settings: Settings, main: CaringStack) -> None:
        firewall = waf.CfnWebACL(
            self,
            "Firewall",
            name=settings.name("api"),
            scope="REGIONAL",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_seen("api"),
            rules=[
                *(_managed(priority, name) for priority, name in enumerate(RULE_SETS)),
                waf.CfnWebACL.RuleProperty(
                    name="TooManyFromOneAddress",
                    priority=len(RULE_SETS),
                    action=waf.CfnWebACL.RuleActionProperty(block={}),
                    statement=waf.CfnWebACL.StatementProperty(
                        rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                            aggregate_key_type="IP", limit=REQUESTS_PER_ADDRESS
                        )
                    ),
                    visibility_config=_seen("TooManyFromOneAddress"),
                ),
            ],
        )
        waf.CfnWebACLAssociation(self, "FirewallOfApi", web_acl_arn=firewall.attr_arn, resource_arn=main.api.stage_arn)

    def _budget(self, settings: Settings) -> None:
        reader = budgets.CfnBudget.SubscriberProperty(subscription_type="EMAIL", address=settings.alarm_email)
        budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=settings.name("monthly"),
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=settings.monthly_budget, unit="USD"),
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        comparison_operator="GREATER_THAN",
                        notification_type=kind,
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[reader],
                )
                for kind, percent in (("ACTUAL", 80), ("FORECASTED", 100))
            ],
        )


def _managed(priority: int, name: str) -> waf.CfnWebACL.RuleProperty:
    counted = [
        waf.CfnWebACL.RuleActionOverrideProperty(name=rule, action_to_use=waf.CfnWebACL.RuleActionProperty(count={}))
        for rule in COUNTED_ONLY
        if name == "AWSManagedRulesCommonRuleSet"
    ]
    return waf.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
        statement=waf.CfnWebACL.StatementProperty(
            managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
                vendor_name="AWS", name=name, rule_action_overrides=counted or None
            )
        ),
        visibility_config=_seen(name),
    )


def _seen(metric: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    # Samples would keep whole requests, telephone numbers in them too.
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=metric, sampled_requests_enabled=False
    )

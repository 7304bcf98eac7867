"""Where everything is kept: sixteen tables, the data bucket, inbound mail's bucket, and the links' signing secret.

Tables are encrypted with the account's AWS-managed DynamoDB key, buckets with S3's own. A customer-managed key would
add a switch to revoke access, at the price of a KMS grant in each of some twenty roles, and of a key whose loss is the
loss of every customer.
"""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import CfnResource, Duration, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.nag import accept
from infra.settings import Settings

Key = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table's keys, its indexes (all KEYS_ONLY) and the attribute at which an item expires; "x:N" is a number."""

    key: Key
    indexes: dict[str, Key]
    expires: str | None = None


TABLES: dict[str, TableShape] = {
    "customers": TableShape(
        ("customer_id", None),
        {
            "by_phone": ("phone", None),
            "by_whatsapp": ("whatsapp", None),
            "by_home_phone": ("home_phone", None),
            "by_email": ("email_key", None),
            "by_whatsapp_user": ("whatsapp_user", None),
            "by_area": ("area_key", "customer_id"),
        },
    ),
    "messages": TableShape(("customer_id", "cause"), {}, "expires_at"),
    "timeline": TableShape(("customer_id", "at_id"), {}, "expires_at"),
    "tickets": TableShape(
        ("ticket_id", None),
        {
            "by_customer": ("customer_id", "opened_at"),
            "by_unit": ("unit_state", "deadline"),
            "going_on": ("going_on", "opened_at"),
        },
    ),
    "work_items": TableShape(
        ("work_id", None), {"by_locker": ("locker", "order_key"), "by_customer": ("customer_id", "due_at")}
    ),
    "incidents": TableShape(
        ("incident_id", "part"),
        {"by_state": ("witel_state", "proposed_at"), "by_customer": ("customer_id", "part")},
        "expires_at",
    ),
    "rounds": TableShape(("witel_key", "round"), {}),
    "nps": TableShape(("day_part", "entry"), {"by_customer": ("customer_id", "at")}, "expires_at"),
    # Only the open requests stand in their index, and those are few: no partition of it gets hot.
    "requests": TableShape(("customer_id", "request_id"), {"by_open": ("open", "due_at")}),
    "measures": TableShape(("measure", "day"), {}),
    "programs": TableShape(("program_id", None), {}),
    "scripts": TableShape(("script_id", "version:N"), {}),
    "runs": TableShape(("run_id", "part"), {"by_program": ("program_id", "created_at")}),
    "imports": TableShape(("import_id", "part"), {}, "expires_at"),
    "parked": TableShape(("kind", "at_id"), {}, "expires_at"),
    "idempotency": TableShape(("id", None), {}, "expiration"),
}


class Data(Construct):
    """The stores. `tables` by name, `data_bucket`, `inbound_bucket`, `link_secret`."""

    def __init__(self, scope: Construct, id_: str, settings: Settings) -> None:
        super().__init__(scope, id_)
        self._settings = settings
        self._removal = RemovalPolicy.RETAIN if settings.keeps_data else RemovalPolicy.DESTROY
        self.tables = {name: self._table(name, shape) for name, shape in TABLES.items()}
        days = settings.keep_days
        self._access_logs = self._bucket("AccessLogs", {"": days["access_logs"]})
        self.data_bucket = self._bucket(
            "DataBucket", {f"{prefix}/": days[prefix] for prefix in ("uploads", "imports", "plans", "exports")}
        )
        # The browser of the member of staff who uploads a file puts it straight into the bucket.
        self.data_bucket.add_cors_rule(
            allowed_methods=[s3.HttpMethods.PUT, s3.HttpMethods.GET],
            allowed_origins=[_origin(settings.link_base_url)],
            allowed_headers=["*"],
            max_age=3600,
        )
        self.inbound_bucket = self._bucket("InboundBucket", {"": days["inbound"]})
        self._let_ses_store_mail()
        self.link_secret = secretsmanager.Secret(
            self,
            "LinkSecret",
            description="Signs the links in messages (unsubscribe, survey, closure answer)",
            removal_policy=self._removal,
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True),
        )

        accept(self.link_secret, "Rotation would break every link that is on its way: it is changed by hand", "SMG4")

    def _table(self, name: str, shape: TableShape) -> dynamodb.Table:
        table = dynamodb.Table(
            self,
            "".join(word.title() for word in name.split("_")) + "Table",
            partition_key=_attribute(shape.key[0]),
            sort_key=_attribute(shape.key[1]) if shape.key[1] else None,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute=shape.expires,
            removal_policy=self._removal,
            deletion_protection=self._settings.keeps_data,
        )
        for index, (key, sort) in shape.indexes.items():
            table.add_global_secondary_index(
                index_name=index,
                partition_key=_attribute(key),
                sort_key=_attribute(sort) if sort else None,
                projection_type=dynamodb.ProjectionType.KEYS_ONLY,
            )
        return table

    def _bucket(self, id_: str, keep_days: dict[str, int]) -> s3.Bucket:
        rules = [
            s3.LifecycleRule(
                id=f"expire-{prefix.rstrip('/') or 'all'}", prefix=prefix or None, expiration=Duration.days(days)
            )
            for prefix, days in keep_days.items()
        ]
        leftovers = s3.LifecycleRule(id="abort-uploads", abort_incomplete_multipart_upload_after=Duration.days(1))
        logs = None if id_ == "AccessLogs" else self._access_logs
        return s3.Bucket(
            self,
            id_,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[*rules, leftovers],
            server_access_logs_bucket=logs,
            server_access_logs_prefix=f"{id_}/" if logs else None,
            removal_policy=self._removal,
        )

    def _let_ses_store_mail(self) -> None:
        account = self.inbound_bucket.env.account
        self.inbound_bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="SesStoresReplies",
                principals=[iam.ServicePrincipal("ses.amazonaws.com")],
                actions=["s3:PutObject"],
                resources=[self.inbound_bucket.arn_for_objects("replies/*")],
                conditions={"StringEquals": {"aws:SourceAccount": account}},
            )
        )

    def notify_of_uploads(self, queue_arn: str, after: CfnResource) -> None:
        """Tell the queue of every object under uploads/; `after` is the queue's policy, which S3 tests at once.

        The bucket's own property does it: CDK's helper would deploy a function that changes the bucket afterwards.
        """
        bucket = self.data_bucket.node.default_child
        assert isinstance(bucket, s3.CfnBucket)  # noqa: S101 - for the type checker
        bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            queue_configurations=[
                s3.CfnBucket.QueueConfigurationProperty(
                    event="s3:ObjectCreated:*",
                    queue=queue_arn,
                    filter=s3.CfnBucket.NotificationFilterProperty(
                        s3_key=s3.CfnBucket.S3KeyFilterProperty(
                            rules=[s3.CfnBucket.FilterRuleProperty(name="prefix", value="uploads/")]
                        )
                    ),
                )
            ]
        )
        bucket.add_resource_dependency(after)


def _attribute(name: str) -> dynamodb.Attribute:
    bare, _, kind = name.partition(":")
    number = dynamodb.AttributeType.NUMBER if kind == "N" else dynamodb.AttributeType.STRING
    return dynamodb.Attribute(name=bare, type=number)


def _origin(url: str) -> str:
    return "/".join(url.split("/")[:3])

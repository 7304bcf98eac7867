"""The API: one Chalice application behind API Gateway, open to those who logged in to the user pool.

Chalice packages the application and writes its routes as an OpenAPI document in a SAM template. We keep its function,
and take its API as a plain RestApi: only a deployment of our own can wait for the gateway responses, carry the access
log and the throttle, and be made anew when either changes.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from aws_cdk import Acknowledgment, CfnResource, RemovalPolicy, Stack, Validations
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from chalice.cdk import Chalice
from constructs import Construct

from infra.channels import Channels
from infra.complaints import Complaints
from infra.functions import House, arn, function_logs, function_role, grant_objects, grant_tables, retention
from infra.gateway_errors import as_resources, in_document
from infra.identity import Identity
from infra.incidents import Incidents
from infra.layers import RUNTIME
from infra.nag import accept, accept_wildcard
from infra.packaging import packaging
from infra.rights import Rights
from infra.runs import Runs
from infra.schedules import Schedules
from infra.settings import FUNCTIONS

STAGE = "api"
TABLES = {
    "customers": "rw",
    "messages": "rw",
    "timeline": "rw",
    "programs": "rws",
    "scripts": "rws",
    "runs": "rw",
    "work_items": "rw",
    "nps": "rw",
    "tickets": "rw",
    "incidents": "rw",
    "rounds": "rw",
    "imports": "rw",
    "requests": "rw",
    "measures": "r",
    "parked": "rw",
    "idempotency": "rw",
}
READS, WRITES = ("imports/", "plans/", "exports/"), ("uploads/", "exports/")


class Api(Construct):
    """`url` (ends without a slash), `stage_arn`, `handler` (its function) and `role` (of that function)."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        house: House,
        *,
        identity: Identity,
        channels: Channels,
        runs: Runs,
        complaints: Complaints,
        incidents: Incidents,
        schedules: Schedules,
        rights: Rights,
    ) -> None:
        super().__init__(scope, id_)
        self._house = house
        name = house.settings.name("api")
        group = function_logs(self, "Logs", house.settings, name)
        self.role = function_role(self, "Role", group)
        environment = {
            **house.environment("api"),
            **grant_tables(self.role, house.data, TABLES),
            **incidents.environment_of(self.role),
            "DATA_BUCKET": house.data.data_bucket.bucket_name,
            "USER_POOL_ARN": identity.pool.user_pool_arn,
            "CARING_RUN_ARN": runs.machine_arn,
            "COMPLAINT_ARN": complaints.machine_arn,
            "EXPORT_RUN_FUNCTION": runs.export_run.name,
            "FULFIL_REQUESTS_FUNCTION": rights.fulfil_requests.name,
            "QUEUE_URLS": channels.queue_urls,
            "SCHEDULE_GROUP": schedules.group_name,
            "SCHEDULE_ROLE_ARN": schedules.role.role_arn,
            "SCHEDULE_STATE": house.settings.schedule_state,
            "LINK_SECRET_ARN": house.data.link_secret.secret_arn,
            "LINK_BASE_URL": house.settings.link_base_url,
            "MEDIA_BASE_URL": house.settings.media_base_url,
        }
        environment |= {f"CONNECT_{key.upper()}": value for key, value in house.settings.connect.items()}
        self._grant(channels, runs, complaints, schedules, rights)
        if house.settings.connect:
            self._let_dial(house.settings.connect["instance_id"])
        config = {
            "api_gateway_stage": STAGE,
            "api_gateway_endpoint_type": "REGIONAL",
            "automatic_layer": False,
            "manage_iam_role": False,
            "iam_role_arn": self.role.role_arn,
            "layers": [layer.layer_version_arn for layer in house.layers.all],
            "environment_variables": environment,
            "lambda_memory_size": 1769,
            "lambda_timeout": 29,  # API Gateway waits no longer
            "xray": True,
        }
        told = {"USER_POOL_ARN": identity.pool.user_pool_arn, "AWS_DEFAULT_REGION": house.settings.region}
        with packaging(FUNCTIONS / "api", told) as source:
            chalice = Chalice(self, "App", source_dir=str(source), stage_config=config)
        self.handler: CfnResource = chalice.get_resource("APIHandler")
        self._shape_handler(name, group)
        house.alarms.watch_errors(self, self.handler.ref)
        api: CfnResource = chalice.get_resource("RestAPI")
        self.url = self._serve(api, name)

    def _grant(
        self, channels: Channels, runs: Runs, complaints: Complaints, schedules: Schedules, rights: Rights
    ) -> None:
        data = self._house.data
        grant_objects(self.role, data.data_bucket, read=READS, write=WRITES)
        blast = channels.queues["whatsapp"]["blast"].queue
        for actions, resources in (
            (["states:StartExecution", "states:SendTaskSuccess", "states:DescribeStateMachine"], [runs.machine_arn]),
            (["states:StartExecution", "states:SendTaskSuccess"], [complaints.machine_arn]),
            (
                ["lambda:InvokeFunction"],
                [runs.export_run.function.function_arn, rights.fulfil_requests.function.function_arn],
            ),
            (["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"], [data.link_secret.secret_arn]),
            (["sqs:GetQueueAttributes"], [blast.queue_arn]),  # GET /health asks one queue
            (["sqs:SendMessage"], [queue.queue_arn for queue in channels.conversation_queues]),
            (
                [f"scheduler:{verb}Schedule" for verb in ("Create", "Get", "Update", "Delete")],
                [schedules.schedules_arn],
            ),
        ):
            self.role.add_to_policy(iam.PolicyStatement(actions=actions, resources=resources))
        reason = "A schedule is named after its program or ticket: the right is to those of this stage's group"
        accept_wildcard(self.role, reason, schedules.schedules_arn)
        self.role.add_to_policy(schedules.pass_role)

    def _let_dial(self, instance: str) -> None:
        """The right to have one telephone instance call somebody."""
        contacts = arn(self, "connect", f"instance/{instance}/contact/*")
        self.role.add_to_policy(
            iam.PolicyStatement(actions=["connect:StartOutboundVoiceContact"], resources=[contacts])
        )
        accept_wildcard(
            self.role, "A call has its id from Connect when it is made: the right is to one instance", contacts
        )

    def _shape_handler(self, name: str, group: logs.LogGroup) -> None:
        """Chalice writes the Python that synthesizes and its own idea of a processor; ours are the same everywhere."""
        for key, value in {
            "FunctionName": name,
            "Runtime": RUNTIME.name,
            "Architectures": [self._house.settings.architecture],
            "LoggingConfig": {"LogGroup": group.log_group_name},
        }.items():
            self.handler.add_property_override(key, value)

    def _serve(self, api: CfnResource, name: str) -> str:
        stack = Stack.of(self)
        body: Any = stack.resolve(api.definition_body)  # type: ignore[attr-defined]
        document = {**body, **in_document()}
        api.add_override("Type", "AWS::ApiGateway::RestApi")
        for sam_only in ("StageName", "DefinitionBody", "EndpointConfiguration"):
            api.add_property_deletion_override(sam_only)
        api.add_property_override("Name", name)
        api.add_property_override("Body", document if self._house.settings.gateway_errors == "document" else body)
        api.add_property_override("Tags", [{"Key": "application", "Value": "caring"}])  # SAM's are a map
        api.add_property_override("EndpointConfiguration", {"Types": ["REGIONAL"]})

        content = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
        deployment = apigateway.CfnDeployment(self, f"Deployment{content[:12]}", rest_api_id=api.ref)
        if self._house.settings.gateway_errors == "resources":
            reason = "Only a cloud that does not read the responses in the document is given them as resources"
            Validations.of(api).acknowledge(Acknowledgment(id="CloudFormation-Validate::W3660", reason=reason))
            for response in as_resources(self, api.ref):
                deployment.add_resource_dependency(response)
        stage = apigateway.CfnStage(
            self,
            "Stage",
            rest_api_id=api.ref,
            deployment_id=deployment.ref,
            stage_name=STAGE,
            tracing_enabled=True,
            access_log_setting=self._access_log(name),
            method_settings=[
                apigateway.CfnStage.MethodSettingProperty(
                    http_method="*",
                    resource_path="/*",
                    throttling_rate_limit=self._house.settings.throttle["rate"],
                    throttling_burst_limit=self._house.settings.throttle["burst"],
                    logging_level="ERROR",
                    metrics_enabled=True,
                )
            ],
        )
        stage.add_resource_dependency(self._logging_account())
        self.stage_arn = f"arn:{stack.partition}:apigateway:{stack.region}::/restapis/{api.ref}/stages/{stage.ref}"
        accept(stage, "The firewall stands in the stack that only AWS gets", "APIG3")
        return f"https://{api.ref}.execute-api.{stack.region}.{stack.url_suffix}/{STAGE}"

    def _access_log(self, name: str) -> apigateway.CfnStage.AccessLogSettingProperty:
        group = logs.LogGroup(
            self,
            "AccessLog",
            log_group_name=f"/aws/apigateway/{name}",
            retention=retention(self._house.settings),
            removal_policy=RemovalPolicy.DESTROY,
        )
        # The route's pattern, never its path or query: those may hold a telephone number.
        fields = {
            "at": "$context.requestTime",
            "request": "$context.requestId",
            "method": "$context.httpMethod",
            "route": "$context.resourcePath",
            "status": "$context.status",
            "error": "$context.error.responseType",
            "subject": "$context.authorizer.claims.sub",
            "milliseconds": "$context.responseLatency",
            "bytes": "$context.responseLength",
        }
        return apigateway.CfnStage.AccessLogSettingProperty(
            destination_arn=group.log_group_arn, format=json.dumps(fields)
        )

    def _logging_account(self) -> apigateway.CfnAccount:
        """API Gateway's right to write logs, which an account gives once and for all its APIs."""
        role = iam.Role(
            self,
            "GatewayLogs",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name("service-role/AmazonAPIGatewayPushToCloudWatchLogs")
            ],
        )
        policy = "arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
        accept(role, "API Gateway's own policy is the one that it asks for", f"IAM4[Policy::{policy}]")
        return apigateway.CfnAccount(self, "Account", cloud_watch_role_arn=role.role_arn)

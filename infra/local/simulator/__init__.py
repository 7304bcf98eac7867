"""The provider simulator: the WhatsApp, SMS, voice and e-mail providers, and the customers behind them.

Local only. An unchanged boto3 client talks to it (AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2,
AWS_ENDPOINT_URL_SOCIALMESSAGING, AWS_ENDPOINT_URL_SESV2); receipts and replies come back through the same SNS topics as
on AWS.
"""

from infra.local.simulator.publishing import AwsPublisher, Publisher, Topics
from infra.local.simulator.running import Running, start
from infra.local.simulator.settings import Settings

__all__ = ["AwsPublisher", "Publisher", "Running", "Settings", "Topics", "start"]

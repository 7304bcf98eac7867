"""AWS calls at a small part of boto3's cost, for the few operations that are made once or more per message.

boto3 spends over a millisecond of CPU on a call: it looks each parameter up in the service's model, runs a dozen event
hooks, writes its user agent anew and reads an answer's headers as if they were a mail's. Here a call is a JSON body, a
signature and one HTTP request over a kept connection. Credentials, endpoints and exceptions are botocore's own, HTTP is
read by httptools (Node's parser), the signature is tested against botocore's. Everything else goes through boto3.
"""

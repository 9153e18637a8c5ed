"""What AWS's Python SDK makes of the local cloud. Reads the endpoint and the keys as JSON, and prints what it saw as JSON."""
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

given = json.load(sys.stdin)
options = {
    "endpoint_url": given["endpoint"],
    "region_name": given["region"],
    "aws_access_key_id": given["credentials"]["accessKeyId"],
    "aws_secret_access_key": given["credentials"]["secretAccessKey"],
    "aws_session_token": given["credentials"]["sessionToken"],
    "config": Config(retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=20, s3={"addressing_style": "path"}),
}


def code(call, **arguments):
    """The code of the error that a call ends with."""
    try:
        call(**arguments)
        return None
    except ClientError as error:
        return error.response["Error"]["Code"]


s3, sqs, table, sts = (boto3.client(name, **options) for name in ("s3", "sqs", "dynamodb", "sts"))
bucket, queue = given["bucket"], given["queue"]
s3.put_object(Bucket=bucket, Key="a b/ü+%", Body=b"hello", Metadata={"colour": "blue"}, ChecksumAlgorithm="SHA256")
found = s3.get_object(Bucket=bucket, Key="a b/ü+%", ChecksumMode="ENABLED")
sent = sqs.send_message(QueueUrl=queue, MessageBody="hello")
received = sqs.receive_message(QueueUrl=queue)["Messages"][0]
sqs.delete_message(QueueUrl=queue, ReceiptHandle=received["ReceiptHandle"])
table.put_item(TableName="things", Item={"pk": {"S": "a"}, "n": {"N": "1.5"}})
page = {"TableName": "things", "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "a"}}}
print(
    json.dumps(
        {
            "body": found["Body"].read().decode(),
            "checksum": "ChecksumSHA256" in found,
            "metadata": found["Metadata"],
            "keys": [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]],
            "noKey": code(s3.get_object, Bucket=bucket, Key="none"),
            "buckets": code(s3.list_buckets),
            "multipart": code(s3.create_multipart_upload, Bucket=bucket, Key="m"),
            "message": received["Body"] if received["MessageId"] == sent["MessageId"] else None,
            "nul": code(sqs.send_message, QueueUrl=queue, MessageBody="\0"),
            "item": table.query(**page)["Items"],
            "foreignKey": code(table.query, **page, ExclusiveStartKey={"pk": {"S": "b"}}),
            "caller": sts.get_caller_identity()["Account"],
            "xml": code(boto3.client("sns", **options).list_topics),
        }
    )
)

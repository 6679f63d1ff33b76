from b24pysdk import BitrixWebhook, Client

client = Client(BitrixWebhook(domain="HOST", webhook_token="1/SECRET"))
print(client.user.current().result["NAME"])

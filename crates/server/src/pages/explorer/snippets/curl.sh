curl 'ADDRESS/rest/1/SECRET/user.get' \
  -H 'Content-Type: application/json' \
  -d '{"filter": {"ACTIVE": true}, "select": ["ID", "NAME", "LAST_NAME"]}'

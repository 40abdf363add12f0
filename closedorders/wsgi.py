from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from closedorders.core.http.database_watch import limit_pages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "closedorders.settings")
application = get_wsgi_application()
# Here, because only web processes come by: workers and commands have long statements.
limit_pages()

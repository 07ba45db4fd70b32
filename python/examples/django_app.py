"""Django in one file: gunicorn --workers 4 --backlog 4096 django_app:application."""

import os

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt

import userimage

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    SECRET_KEY=os.environ.get("SECRET_KEY", "only-for-trying"),
    MIDDLEWARE=["django.middleware.security.SecurityMiddleware"],
)
django.setup()

uploader = userimage.Uploader(
    "data", base_url="/", keys={1001: "abc123"}, http={"files": True, "list": True}
)


# The client sends a key and no cookie, so a request cannot be forged.
@csrf_exempt
def images(request: HttpRequest) -> HttpResponse:
    """Pass the request on, with its body unread."""
    answer = uploader.handle(
        request.method or "", request.get_full_path(), dict(request.headers), request
    )
    return HttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))


def health(request: HttpRequest) -> HttpResponse:
    """Answer another route of the application."""
    return HttpResponse("well")


urlpatterns = [
    re_path("^health$", health),
    re_path("^(?i:api/4/UploadImage|original|standard)/", images),
]
application = get_wsgi_application()
